"""A Cog server on 127.0.0.1:$PORT, with a place for its pictures: asked asynchronously, 0.16 tells a path of its own disk unless it was
started with --upload-url."""
import http.server
import runpy
import sys
import threading


class Uploads(http.server.BaseHTTPRequestHandler):
    """Keeps what is PUT, by prediction: names of files are the model's own and not unique."""

    kept = {}

    def do_PUT(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        path = "/" + self.headers.get("x-prediction-id", "none") + self.path
        self.kept[path] = (self.headers.get("content-type", "application/octet-stream"), body)
        self.send_response(201)
        # Cog takes the query off, whatever it holds.
        self.send_header("location", f"http://127.0.0.1:{self.server.server_port}{path}?signature=none")
        self.send_header("content-length", "0")
        self.end_headers()

    def do_GET(self):
        kind, body = self.kept.get(self.path, ("text/plain", b""))
        self.send_response(200 if body else 404)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


# Its worker, a process of its own, reads this file again.
if __name__ == "__main__":
    uploads = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Uploads)
    threading.Thread(target=uploads.serve_forever, daemon=True).start()
    sys.argv = ["cog", "--host", "127.0.0.1", "--upload-url", f"http://127.0.0.1:{uploads.server_port}/"]
    runpy.run_module("cog.server.http", run_name="__main__", alter_sys=True)
