"""The worker's own HTTP endpoint: /metrics for Prometheus, /healthz for whoever restarts what hangs.

It is answered by the loop that folds, so an answer means that folding is not stuck in a computation; a 503, that
partitions have been waited for longer than a rebalance takes.
"""

from aiohttp import web

from streams.folding import Folding
from streams.meters import CONTENT_TYPE

PATIENCE_S = 60.0


async def serve(folding: Folding, host: str, port: int) -> web.AppRunner:
    """Start answering; the caller cleans up the runner. Raises OSError where the port is taken."""

    async def metrics(_: web.Request) -> web.Response:
        return web.Response(body=folding.meters.text(), headers={"Content-Type": CONTENT_TYPE})

    async def healthz(_: web.Request) -> web.Response:
        owned = {number: partition.durable_offset for number, partition in sorted(folding.partitions.items())}
        waits = folding.waiting_s > PATIENCE_S
        body = {"status": "waiting for partitions" if waits else "ok", "next_offsets": owned}
        return web.json_response(body, status=503 if waits else 200)

    app = web.Application()
    app.add_routes([web.get("/metrics", metrics), web.get("/healthz", healthz)])
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, host, port).start()
    return runner
