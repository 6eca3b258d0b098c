"""What the city and its page cost on the wire, asked of a gateway that runs; and how soon an event can be read.

    placelibre run --simulate                       # in another terminal
    python -m benchmarks.wire http://127.0.0.1:18080

Bytes are those of bodies as they came, by what the client takes. The page is index.html and every file that it loads:
what its HTML and its scripts name, the map's library, the words of one language, and what it asks the API for. The time
to the first event and to the whole snapshot is the median of several connections.
"""

import argparse
import asyncio
import re
import statistics
import time
from urllib.parse import urljoin

import httpx
from rich.console import Console
from rich.table import Table

CODINGS = ("identity", "gzip", "br", "gzip, deflate, br")
_NAMED = re.compile(r"""(?:src|href)="(/static/[^"#]+)""")
_IMPORTED = re.compile(r"""(?:from|import)\s*\(?["'](\./[^"']+)["']""")
_MAP = ("maplibre-gl.mjs", "maplibre-gl-worker.mjs", "maplibre-gl.css")
_ASKED = ("/v1/about", "/v1/areas", "/static/words/fr.json")
API = ("/v1/sites", "/v1/areas", "/v1/about", "/openapi.json", "/v1/nearest?lon=-1.5577&lat=47.2131&k=10")


async def fetch(client: httpx.AsyncClient, path: str, coding: str) -> tuple[int, str]:
    """Bytes on the wire, and the text; nothing of what is not there."""
    reply = await client.get(path, headers={"Accept-Encoding": coding})
    return (reply.num_bytes_downloaded, reply.text) if reply.status_code == httpx.codes.OK else (0, "")


async def page_bytes(client: httpx.AsyncClient, coding: str) -> tuple[int, int]:
    """How many files the page loads, and their bytes."""
    waiting, sizes = ["/", *_ASKED, *(f"/vendor/maplibre-gl/{name}" for name in _MAP)], dict[str, int]()
    while waiting:
        path = waiting.pop()
        if path in sizes:
            continue
        sizes[path], text = await fetch(client, path, coding)
        found = _NAMED.findall(text) if path == "/" else _IMPORTED.findall(text) if path.startswith("/static/") else []
        waiting += [urljoin(path, name) for name in found]
    return sum(size > 0 for size in sizes.values()), sum(sizes.values())


async def first_events(client: httpx.AsyncClient, coding: str) -> tuple[float, float, int]:
    """Milliseconds to the first event and to the whole snapshot, and the bytes until then."""
    began, first = time.perf_counter(), 0.0
    async with client.stream("GET", "/v1/changes", headers={"Accept-Encoding": coding}) as stream:
        is_snapshot = False
        async for line in stream.aiter_lines():
            if line.startswith("event: "):
                first = first or 1000 * (time.perf_counter() - began)
                is_snapshot = line == "event: snapshot"
            elif is_snapshot and line.startswith("data: "):
                break
        return first, 1000 * (time.perf_counter() - began), stream.num_bytes_downloaded


async def measure(url: str, rounds: int) -> list[list[str]]:
    """The table's rows."""
    async with httpx.AsyncClient(base_url=url, timeout=30) as client:
        rows = [[path, *[f"{(await fetch(client, path, coding))[0]:,}" for coding in CODINGS]] for path in API]
        pages = [await page_bytes(client, coding) for coding in CODINGS]
        rows.append([f"the page, {pages[0][0]} files", *[f"{size:,}" for _, size in pages]])
        heard = [[await first_events(client, coding) for _ in range(rounds)] for coding in CODINGS]
        rows.append(["/v1/changes until the snapshot", *[f"{runs[-1][2]:,}" for runs in heard]])
        rows.append(["first event, ms", *[f"{statistics.median(run[0] for run in runs):.1f}" for runs in heard]])
        rows.append(["whole snapshot, ms", *[f"{statistics.median(run[1] for run in runs):.1f}" for runs in heard]])
    return rows


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("url", nargs="?", default="http://127.0.0.1:18080")
    parser.add_argument("--rounds", type=int, default=11)
    args = parser.parse_args()
    table = Table("bytes on the wire", *(f"takes {coding}" for coding in CODINGS))
    for name, *cells in asyncio.run(measure(args.url, args.rounds)):
        table.add_row(name, *cells)
    Console().print(table)


if __name__ == "__main__":
    main()
