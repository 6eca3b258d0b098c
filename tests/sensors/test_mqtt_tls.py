"""A real Mosquitto by TLS, with and without a certificate of ours."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from sensors.intake.meters import IntakeMeters
from sensors.intake.mqtt import read_broker
from sensors.intake.mqtt_connection import GoneError, connected, grant
from serving.tls import NO_FILES, TlsError, TlsFiles
from tests.sensors.brokers import Mosquitto
from tests.support import free_ports
from tests.tls import Authority

pytestmark = pytest.mark.real


class Secured:
    """A broker that takes anybody by TLS at ``port``, and those with a certificate of its authority at ``strict``."""

    def __init__(self, folder: Path) -> None:
        self.authority = Authority(folder / "authority")
        certificate, key = self.authority.issue("server")
        self.port = free_ports()
        self.strict = self.port + 1
        own = [f"cafile {self.authority.ca}", f"certfile {certificate}", f"keyfile {key}", "allow_anonymous true"]
        at = (f"listener {self.port} 127.0.0.1", f"listener {self.strict} 127.0.0.1")
        self.broker = Mosquitto(folder, at[0], *own, at[1], *own, "require_certificate true")


@pytest.fixture
def secured(tmp_path: Path) -> Iterator[Secured]:
    one = Secured(tmp_path)
    yield one
    one.broker.kill()


async def granted(port: int, files: TlsFiles) -> list[int]:
    at = read_broker(f"mqtts://127.0.0.1:{port}", "placelibre-test", None, files)
    async with connected(at, IntakeMeters("mqtt")) as link:
        return await grant(link, ["counters/#"])


async def test_it_is_believed_by_the_authority_that_is_set_alone(secured: Secured) -> None:
    assert await granted(secured.port, TlsFiles(secured.authority.ca)) == [1]
    with pytest.raises(GoneError, match="certificate"):
        await granted(secured.port, NO_FILES)


async def test_it_may_ask_who_we_are(secured: Secured) -> None:
    certificate, key = secured.authority.issue("client")
    ca = secured.authority.ca
    assert await granted(secured.strict, TlsFiles(ca, certificate, key)) == [1]
    assert await granted(secured.strict, TlsFiles(ca, secured.authority.issue_together("other"))) == [1]
    with pytest.raises(GoneError):
        await granted(secured.strict, TlsFiles(ca))


async def test_a_file_that_cannot_be_used_is_named(secured: Secured, tmp_path: Path) -> None:
    certificate, key = secured.authority.issue("client")
    with pytest.raises(TlsError, match="is no file"):
        await granted(secured.port, TlsFiles(tmp_path / "none.pem"))
    with pytest.raises(TlsError, match="no certificate"):
        await granted(secured.port, TlsFiles(None, None, key))
    with pytest.raises(TlsError, match="cannot be used"):
        await granted(secured.port, TlsFiles(None, certificate, secured.authority.issue("other")[1]))
