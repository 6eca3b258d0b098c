"""A server of whatever a test says: each path's answers in turn, the last one for ever; what was asked is kept."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import MappingProxyType
from typing import NamedTuple


class Answer(NamedTuple):
    """One answer; a 304 instead of it to whoever knows its validators. With ``torn`` the line breaks half way."""

    body: bytes = b""
    status: int = 200
    headers: Mapping[str, str] = MappingProxyType({})
    torn: bool = False


class FeedServer:
    """``answers`` by path with its query; ``asked`` is each path with the headers of the request.

    ``answering`` goes before them: who is asked there each time. ``sent`` is what went out, in order.
    """

    def __init__(self) -> None:
        self.answers: dict[str, list[Answer]] = {}
        self.answering: dict[str, Callable[[], Answer]] = {}
        self.sent: list[tuple[str, Answer]] = []
        self.asked: list[tuple[str, dict[str, str]]] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                outer.asked.append((self.path, {name.lower(): value for name, value in self.headers.items()}))
                turns = outer.answers.get(self.path, [Answer(b"no such page", 404)])
                asked_by = outer.answering.get(self.path)
                answer = asked_by() if asked_by else turns.pop(0) if len(turns) > 1 else turns[0]
                known = (self.headers.get("If-None-Match"), self.headers.get("If-Modified-Since"))
                own = (answer.headers.get("ETag"), answer.headers.get("Last-Modified"))
                if answer.status == 200 and any(own) and known == own:
                    answer = Answer(b"", 304)
                self.send_response(answer.status)
                for name, value in answer.headers.items():
                    self.send_header(name, value)
                if answer.status not in (204, 304):
                    self.send_header("Content-Length", str(len(answer.body)))
                outer.sent.append((self.path, answer))
                with suppress(ConnectionError):  # whoever asked has ended meanwhile
                    self.end_headers()
                    self.wfile.write(answer.body[: len(answer.body) // 2] if answer.torn else answer.body)

            def log_message(self, *args: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def says(self, path: str, *answers: Answer | bytes) -> str:
        """Answer so at ``path``; returns its whole address."""
        self.answers[path] = [one if isinstance(one, Answer) else Answer(one) for one in answers]
        return self.url + path


@contextmanager
def feed_server() -> Iterator[FeedServer]:
    """One that runs while the ``with`` lasts."""
    one = FeedServer()
    threading.Thread(target=one.server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    try:
        yield one
    finally:
        one.server.shutdown()
        one.server.server_close()
