"""A mail server for tests: accepts mail with a password, keeps it in memory and shows it over HTTP.

GET /mails answers every mail as JSON, oldest first; DELETE /mails forgets them. Recipients whose address begins with `reject` are refused
for good (550), those that begin with `later` are asked to come again (451).
"""

import argparse
import email
import email.policy
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword

HOST = "127.0.0.1"


class Mails:
    """What arrived so far. SMTP and HTTP run on threads of their own."""

    def __init__(self):
        self._lock = threading.Lock()
        self._mails = []

    def add(self, mail):
        with self._lock:
            self._mails.append(mail)

    def clear(self):
        with self._lock:
            self._mails.clear()

    def as_json(self):
        with self._lock:
            return json.dumps(self._mails).encode()


class Handler:
    """What the SMTP server asks while a mail is handed over."""

    def __init__(self, mails):
        self._mails = mails

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.startswith("reject"):
            return f"550 5.1.1 no such user: {address}"
        if address.startswith("later"):
            return f"451 4.7.1 come again later: {address}"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        message = email.message_from_bytes(envelope.content, policy=email.policy.default)
        plain = message.get_body(("plain",))
        html = message.get_body(("html",))
        self._mails.add(
            {
                "sender": envelope.mail_from,
                "to": envelope.rcpt_tos,
                "from": message["from"],
                "bcc": message["bcc"],
                "date": message["date"],
                "subject": message["subject"],
                "text": plain.get_content() if plain else None,
                "html": html.get_content() if html else None,
            }
        )
        return "250 OK"


def authenticator(user, password):
    def authenticate(server, session, envelope, mechanism, given):
        right = isinstance(given, LoginPassword) and (given.login, given.password) == (user.encode(), password.encode())
        # "Not handled" makes the server itself answer 535; "handled" would mean that this function had answered.
        return AuthResult(success=right, handled=False)

    return authenticate


def inbox_handler(mails):
    class Inbox(BaseHTTPRequestHandler):
        def do_GET(self):
            if self.path != "/mails":
                self.send_error(404)
                return
            body = mails.as_json()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_DELETE(self):
            mails.clear()
            self.send_response(204)
            self.end_headers()

        def log_message(self, format, *arguments):
            pass

    return Inbox


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--smtp-port", type=int, required=True)
    parser.add_argument("--inbox-port", type=int, required=True)
    parser.add_argument("--user", required=True)
    parser.add_argument("--password", required=True)
    arguments = parser.parse_args()
    mails = Mails()
    smtp = Controller(
        Handler(mails),
        hostname=HOST,
        port=arguments.smtp_port,
        authenticator=authenticator(arguments.user, arguments.password),
        auth_required=True,
        # There is no TLS on the loopback address.
        auth_require_tls=False,
    )
    smtp.start()
    ThreadingHTTPServer((HOST, arguments.inbox_port), inbox_handler(mails)).serve_forever()


if __name__ == "__main__":
    main()
