"""Who cannot listen where it should says so in a sentence, before it starts."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from tests.support import free_ports, placelibre

pytestmark = pytest.mark.slow

NOWHERE = {"PLACELIBRE_KAFKA": "127.0.0.1:9", "PLACELIBRE_REDIS": "redis://127.0.0.1:9/0", "COLUMNS": "200"}


def refused(*args: str, env: dict[str, str]) -> str:
    done = placelibre(env, *args, check=False)
    assert (done.returncode, done.stdout) == (2, ""), done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    return done.stderr


LISTENING = [
    ["worker"],
    ["serve"],
    ["webhook"],
    ["mqtt", "mqtt://127.0.0.1:9", "--source", "nantes"],
    ["history", "--follow"],
]
TOKENS = {"PLACELIBRE_WEBHOOK_TOKENS": '{"nantes": "correct horse battery staple"}', "PLACELIBRE_TENANT": "nantes"}


@pytest.mark.parametrize("command", LISTENING)
def test_who_cannot_serve_metrics_where_it_should_says_so_before_it_starts(command: list[str], tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        taken = f"127.0.0.1:{other.getsockname()[1]}"
        env = NOWHERE | TOKENS | {"PLACELIBRE_METRICS": taken, "PLACELIBRE_DATA_DIR": str(tmp_path)}
        said = " ".join(refused(*command, env=env).split())
    assert f"{taken} is taken by another program, so /metrics cannot start there" in said
    assert "PLACELIBRE_METRICS" in said


@pytest.mark.parametrize(("command", "name"), [("serve", "LISTEN"), ("webhook", "WEBHOOK_LISTEN")])
def test_an_address_that_is_not_ours_or_is_given_twice_is_named(command: str, name: str) -> None:
    free = f"127.0.0.1:{free_ports()}"
    foreign = refused(command, env=NOWHERE | TOKENS | {f"PLACELIBRE_{name}": "192.0.2.1:80"})
    assert "cannot listen on 192.0.2.1:80 (Cannot assign requested address)" in " ".join(foreign.split())
    assert f"another address with PLACELIBRE_{name}" in " ".join(foreign.split())
    twice = refused(command, env=NOWHERE | TOKENS | {f"PLACELIBRE_{name}": free, "PLACELIBRE_METRICS": free})
    assert "give /metrics a port that is not published" in " ".join(twice.split())


@pytest.mark.parametrize("command", [["history"], ["local", "up"]])
def test_a_folder_that_cannot_be_made_is_named_and_no_traceback(command: list[str], tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    env = {"PLACELIBRE_DATA_DIR": str(tmp_path / "file" / "data"), "PLACELIBRE_KAFKA": f"127.0.0.1:{free_ports()}"}
    said = " ".join(refused(*command, env=NOWHERE | env).split())
    assert f"{tmp_path}/file" in said
    assert "cannot be used (Not a directory): give another path" in said
