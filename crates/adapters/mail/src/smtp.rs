//! Mails by SMTP (RFC 5321).

use std::time::Duration;

use atelier_domain::identity::{Mail, MailError, Mailer};
use atelier_domain::kernel::{ExposeSecret, SecretString, Source};
use lettre::message::Mailbox;
use lettre::transport::smtp::Error as SmtpError;
use lettre::{AsyncSmtpTransport, AsyncTransport, Tokio1Executor};
use url::{Host, Url};

use crate::compose::{InvalidSender, compose, parse_sender};

const MAILS: &str = "atelier_mails_total";

/// The mailer cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum SmtpMailerError {
    /// The sender is no address.
    #[error(transparent)]
    Sender(#[from] InvalidSender),
    /// The URL is no address of a mail server. It is not repeated here: it may hold a password.
    #[error("SMTP_URL is not usable: write smtp://user:password@host:587 or smtps://user:password@host")]
    Url(#[source] Source),
}

/// Hands mails to an SMTP server, with TLS by rustls.
///
/// `smtps://` speaks TLS from the start. `smtp://` changes to TLS with STARTTLS: always when there is a password, and where the server
/// offers it when there is none. On the machine itself it does not, and neither does it with `?tls=none`; `?tls=required` and
/// `?tls=opportunistic` say it outright.
pub struct SmtpMailer {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
    deadline: Duration,
}

impl SmtpMailer {
    /// How long each answer of the server may take.
    const TIMEOUT: Duration = Duration::from_secs(10);

    /// A mailer for the server of `url`, with `from` (`Name <address>`) as sender. Does not connect yet.
    ///
    /// # Errors
    /// [`SmtpMailerError`].
    pub fn new(url: &SecretString, from: &str) -> Result<Self, SmtpMailerError> {
        Self::with_timeout(url, from, Self::TIMEOUT)
    }

    /// As [`new`](Self::new), with another time for each answer; a whole mail may take three times that.
    ///
    /// # Errors
    /// [`SmtpMailerError`].
    pub fn with_timeout(url: &SecretString, from: &str, timeout: Duration) -> Result<Self, SmtpMailerError> {
        let from = parse_sender(from)?;
        let url = with_tls_chosen(url.expose_secret()).map_err(SmtpMailerError::Url)?;
        let builder = AsyncSmtpTransport::<Tokio1Executor>::from_url(url.as_str()).map_err(|error| SmtpMailerError::Url(error.into()))?;
        metrics::describe_counter!(MAILS, "Mails handed to the mail server, by outcome");
        Ok(Self { transport: builder.timeout(Some(timeout)).build(), from, deadline: timeout * 3 })
    }
}

/// Completes the URL's `tls` parameter where it is left open.
fn with_tls_chosen(text: &str) -> Result<Url, Source> {
    let mut url = Url::parse(text)?;
    let chosen = url.query_pairs().find(|(name, _)| name == "tls").map(|(_, value)| value.into_owned());
    match (url.scheme(), chosen.as_deref()) {
        ("smtp", Some("none")) => url.set_query(None),
        ("smtp", None) if !is_this_machine(&url) => {
            let tls = if url.password().is_some() { "required" } else { "opportunistic" };
            url.query_pairs_mut().append_pair("tls", tls);
        }
        _ => {}
    }
    Ok(url)
}

fn is_this_machine(url: &Url) -> bool {
    // The scheme is unknown to the URL standard, which then leaves hosts as they are written.
    match url.host_str().map(Host::parse) {
        Some(Ok(Host::Domain(name))) => name == "localhost" || name.ends_with(".localhost"),
        Some(Ok(Host::Ipv4(address))) => address.is_loopback(),
        Some(Ok(Host::Ipv6(address))) => address.is_loopback(),
        Some(Err(_)) | None => false,
    }
}

/// Keeps the server's words, which repeat addresses, out of the log.
fn mail_error(error: SmtpError) -> MailError {
    let permanent = error.is_permanent();
    let source: Source = match error.status() {
        Some(code) => format!("the mail server answered {code}").into(),
        None => error.into(),
    };
    if permanent { MailError::Permanent(source) } else { MailError::Transient(source) }
}

#[async_trait::async_trait]
impl Mailer for SmtpMailer {
    async fn send(&self, mail: &Mail) -> Result<(), MailError> {
        let message = compose(&self.from, mail)?;
        let result = match tokio::time::timeout(self.deadline, self.transport.send(message)).await {
            Ok(answer) => answer.map(|_| ()).map_err(mail_error),
            Err(elapsed) => Err(MailError::Transient(elapsed.into())),
        };
        let outcome = match &result {
            Ok(()) => "sent",
            Err(MailError::Permanent(_)) => "refused",
            Err(MailError::Transient(_)) => "failed",
        };
        metrics::counter!(MAILS, "outcome" => outcome).increment(1);
        result
    }
}

#[cfg(test)]
mod tests {
    use super::with_tls_chosen;

    fn chosen(url: &str) -> String {
        with_tls_chosen(url).map_or_else(|error| error.to_string(), String::from)
    }

    #[test]
    fn passwords_leave_the_machine_only_under_tls() {
        assert_eq!(chosen("smtp://u:p@mail.example:587"), "smtp://u:p@mail.example:587?tls=required");
        assert_eq!(chosen("smtp://mail.example"), "smtp://mail.example?tls=opportunistic");
        assert_eq!(chosen("smtps://u:p@mail.example"), "smtps://u:p@mail.example");
        assert_eq!(chosen("smtp://u:p@10.0.0.1"), "smtp://u:p@10.0.0.1?tls=required");
    }

    #[test]
    fn the_machine_itself_is_trusted() {
        for url in ["smtp://u:p@127.0.0.1:25", "smtp://u:p@localhost", "smtp://u:p@[::1]:25"] {
            assert_eq!(chosen(url), url);
        }
    }

    #[test]
    fn what_is_said_outright_stays() {
        assert_eq!(chosen("smtp://u:p@relay?tls=none"), "smtp://u:p@relay");
        assert_eq!(chosen("smtp://relay?tls=required"), "smtp://relay?tls=required");
    }
}
