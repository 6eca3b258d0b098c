"""The same Starlette app asking Redis GEOSEARCH: same question, same body, no index of its own.

Started by ``benchmarks.http``. Redis holds a geo set of the places that have something free, a hash of their JSON
bodies, and answers within the whole radius at once, or, with a first radius given, in a growing one until there are
enough. Which is quicker depends on how full the city is; the benchmark asks both and holds us against the quicker.
"""

import sys
from datetime import UTC, datetime
from typing import Any

import msgspec
import redis.asyncio as aioredis
import uvicorn
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from gateways.api.city import ServedCity
from gateways.api.endpoints import answer
from gateways.api.meters import GatewayMeters, MeteredApp
from gateways.api.questions import read_nearest
from gateways.api.serve import Direct
from serving.gathering import GatheringProtocol
from serving.probes import METRICS_TYPE, exposition

FREE, BODIES = "bench:free", "bench:bodies"
GROWTH = 2.0


def create_app(client: "aioredis.Redis", city: ServedCity, first_m: float) -> Starlette:
    """One endpoint, /v1/nearest, and the meters of the real gateway."""
    meters = GatewayMeters()

    async def nearest(scope: Scope, receive: Receive, send: Send) -> None:
        asked = read_nearest(scope["query_string"], city)
        radius = min(first_m, asked.radius_m)
        while True:
            found: Any = await client.geosearch(
                FREE,
                longitude=asked.lon,
                latitude=asked.lat,
                radius=radius,
                unit="m",
                sort="ASC",
                count=asked.k,
                withdist=True,
            )
            if len(found) == asked.k or radius >= asked.radius_m:
                break
            radius = min(radius * GROWTH, asked.radius_m)
        bodies: Any = await client.hmget(BODIES, [place for place, _ in found]) if found else []
        hits = b",".join(
            b'{"distance_m":%.1f,"distance_kind":"straight_line",%s' % (distance, body)
            for (_, distance), body in zip(found, bodies, strict=True)
        )
        head = msgspec.json.encode({"now": datetime.now(UTC).isoformat(), "query": asked})
        await answer(send, head[:-1] + b',"hits":[' + hits + b"]}")

    async def metrics(request: Request) -> Response:
        return Response(exposition(meters.registry), headers={"Content-Type": METRICS_TYPE})

    routes = [Route("/v1/nearest", Direct(nearest), methods=["GET"]), Route("/metrics", metrics)]
    return Starlette(routes=routes, middleware=[Middleware(MeteredApp, meters=meters)])


if __name__ == "__main__":
    url, port, first_m = sys.argv[1], int(sys.argv[2]), float(sys.argv[3])
    app = create_app(aioredis.from_url(url), ServedCity("bench"), first_m)
    uvicorn.run(
        app,
        port=port,
        http=GatheringProtocol,
        log_level="warning",
        access_log=False,
        server_header=False,
        proxy_headers=False,
    )
