"""A local stand-in for the Opendatasoft API that pages, caches, refuses and tears."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlparse


class StandIn:
    """Holds records and moods; ``asked`` is every request as (offset, If-None-Match)."""

    def __init__(self) -> None:
        self.records: list[dict] = [{"idobj": str(n)} for n in range(250)]
        self.moods: list[tuple] = []
        self.asked: list[tuple[int, str | None]] = []
        self.with_etags = True
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                outer.answer(self)

            def log_message(self, *args: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/records"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        query = parse_qs(urlparse(request.path).query)
        offset, limit = int(query["offset"][0]), int(query["limit"][0])
        assert limit <= 100, "Opendatasoft refuses more than 100 at once"
        known = request.headers.get("If-None-Match")
        self.asked.append((offset, known))
        mood = self.moods.pop(0) if self.moods else ("fine",)
        page = {"total_count": len(self.records), "results": self.records[offset : offset + limit]}
        body = json.dumps(page).encode()
        etag = f'"{hash(body)}"'
        status, headers = 200, {"ETag": etag} if self.with_etags else {}
        if mood[0] == "status":
            status, headers, body = mood[1], mood[2], b"no"
        elif known == etag:
            status, body = 304, b""
        elif mood[0] == "cut json":
            body = body[: len(body) // 2]
        request.send_response(status)
        for name, value in headers.items():
            request.send_header(name, value)
        request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        request.wfile.write(body[: len(body) // 2] if mood[0] == "cut line" else body)

    def close(self) -> None:
        """Stop serving."""
        self.server.shutdown()
        self.server.server_close()
