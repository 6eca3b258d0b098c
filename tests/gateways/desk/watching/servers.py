"""Servers that notices are sent to, by real sockets: an SMTP server, and HTTP for webhooks and ntfy."""

from __future__ import annotations

import email
import json
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Inbox:
    """What has arrived. ``status`` is what HTTP answers next; ``is_mute``: takes it and says nothing."""

    def __init__(self) -> None:
        self.port = 0
        self.status = 200
        self.is_mute = False
        self.bodies: list[Any] = []
        self.mails: list[Message] = []
        self.paths: list[str] = []


class _Mail(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        inbox: Inbox = self.server.inbox  # type: ignore[attr-defined]
        self._say("220 test")
        while line := self.rfile.readline():
            word = line.strip().upper()
            if word.startswith((b"EHLO", b"HELO")):
                self._say("250 test")
            elif word == b"DATA":
                self._say("354 go on")
                lines = []
                while (part := self.rfile.readline()) not in (b".\r\n", b""):
                    lines.append(part)
                inbox.mails.append(email.message_from_bytes(b"".join(lines)))
                self._say("250 taken")
            elif word == b"QUIT":
                self._say("221 bye")
                return
            else:
                self._say("250 ok")

    def _say(self, text: str) -> None:
        self.wfile.write(text.encode() + b"\r\n")


class _Web(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        inbox: Inbox = self.server.inbox  # type: ignore[attr-defined]
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        inbox.paths.append(self.path)
        if inbox.status < 300:
            inbox.bodies.append(json.loads(body) if body[:1] == b"{" else body.decode())
        if inbox.is_mute:
            self.close_connection = True
            return
        self.send_response(inbox.status)
        self.send_header("content-type", "application/json")
        self.end_headers()
        self.wfile.write(b"{}")

    do_GET = do_POST  # noqa: N815 - the library's word

    def log_message(self, *args: Any) -> None:
        pass


@contextmanager
def mail_server() -> Iterator[Inbox]:
    """An SMTP server on a port of its own."""
    with _serving(socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Mail)) as inbox:
        yield inbox


@contextmanager
def web_server(port: int = 0) -> Iterator[Inbox]:
    """An HTTP server that takes whatever is posted."""
    with _serving(ThreadingHTTPServer(("127.0.0.1", port), _Web)) as inbox:
        yield inbox


@contextmanager
def _serving(server: Any) -> Iterator[Inbox]:
    inbox = server.inbox = Inbox()
    server.daemon_threads = True
    inbox.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield inbox
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
