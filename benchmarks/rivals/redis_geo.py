"""Redis GEOSEARCH over the free spaces, in a growing radius, on a Valkey of its own behind a Unix socket."""

import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import redis

from benchmarks.rivals import REACH_M, Answer, Doubles, Flags, K, OneByOne
from ops.local.valkey import find_server
from ops.settings import load_settings

KEY = "free"
FIRST_M, GROWTH = 250.0, 2.0
AT_ONCE = 5_000
PATIENCE_S = 15


class RedisGeo(OneByOne):
    """A member per free space; not promised: a position better than 0.6 m, nor our radius of the Earth."""

    name = "Redis GEOSEARCH"
    exact = False

    def __init__(self) -> None:
        self._home = tempfile.TemporaryDirectory(prefix="placelibre-bench-")
        socket = Path(self._home.name) / "s"
        options = ["--port", "0", "--unixsocket", str(socket), "--save", "", "--dir", self._home.name]
        command = [str(find_server(load_settings())), *options]
        self._server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self._client = redis.Redis(unix_socket_path=str(socket))
        try:
            self._wait(socket)
        except BaseException:
            self.close()
            raise

    def _wait(self, socket: Path) -> None:
        until = time.monotonic() + PATIENCE_S
        while not socket.exists() or not self._client.ping():
            if self._server.poll() is not None or time.monotonic() > until:
                raise SystemExit("the Valkey of the benchmark did not start")
            time.sleep(0.01)

    def build(self, lons: Doubles, lats: Doubles, free: Flags) -> None:
        """See Rival."""
        self._size = lons.size
        self._positions = list(zip(lons.tolist(), lats.tolist(), strict=True))
        first = np.flatnonzero(free).tolist()
        for start in range(0, len(first), AT_ONCE):
            members = [part for i in first[start : start + AT_ONCE] for part in (*self._positions[i], i)]
            self._client.geoadd(KEY, members)

    def toggle(self, i: int, free: bool) -> None:
        """See Rival."""
        if free:
            self._client.geoadd(KEY, (*self._positions[i], i))
        else:
            self._client.zrem(KEY, i)

    def nearest(self, lon: float, lat: float) -> Answer:
        """See Rival."""
        radius = FIRST_M
        while True:
            hits: Any = self._client.geosearch(
                KEY, longitude=lon, latitude=lat, radius=radius, unit="m", sort="ASC", count=K, withdist=True
            )
            if len(hits) == K or radius >= REACH_M:
                return [int(member) for member, _ in hits], [metres for _, metres in hits]
            radius = min(REACH_M, radius * GROWTH)

    def held_bytes(self) -> int | None:
        """See Rival; the server's part alone."""
        return self._client.memory_usage(KEY, samples=0)

    def close(self) -> None:
        """End the server and remove its folder."""
        self._client.close()
        self._server.terminate()
        self._server.wait()
        self._home.cleanup()
