"""No output holds a secret: whatever command runs, and however broken its neighbours are."""

from __future__ import annotations

import base64
import json
import logging
import os
import socketserver
import threading
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from ops import hiding
from ops.hiding import has_password, hide, hide_in, remember, without_user
from ops.settings import Settings, list_open_secrets
from tests.ops.in_process import command_in
from tests.support import free_ports

WORD = "zq9xv"
"""Stands in every secret here, and nowhere else."""


@pytest.fixture(autouse=True)
def _forget(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hiding, "_known", set())
    monkeypatch.setattr(hiding, "_of_ours", None)


class _Echo(socketserver.BaseRequestHandler):
    """A neighbour that repeats whatever it is told, as an error of Redis."""

    def handle(self) -> None:
        while told := self.request.recv(4096):
            self.request.sendall(b"-ERR you said " + told.replace(b"\r\n", b" ") + b"\r\n")


@pytest.fixture(scope="module")
def echo() -> Iterator[int]:
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Echo) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_address[1]
        server.shutdown()


def _environment(redis_port: int, tmp_path: Path) -> dict[str, str]:
    """Secrets wherever one may stand, and a Kafka that is not there."""
    return {
        "PLACELIBRE_KAFKA": f"127.0.0.1:{free_ports()}",
        "PLACELIBRE_REDIS": f"redis://city:{WORD}-%2F-redis@127.0.0.1:{redis_port}/0",
        "PLACELIBRE_MQTT_PASSWORD": f'{WORD}-"mqtt"',
        "PLACELIBRE_WEBHOOK_TOKENS": json.dumps({"counter": f"{WORD}-token-of-the-counter"}),
        "PLACELIBRE_WEBHOOK_SECRETS": json.dumps({"nwave_nps405": f"{WORD}-secret-of-the-sensors"}),
        "PLACELIBRE_POLL_SECRETS": json.dumps(
            {"nantes": {"headers": {"X": f"{WORD}-header"}, "query": {"apikey": f"{WORD}-query"},
                        "user": "u", "password": f"{WORD}-basic"}}
        ),
        "PLACELIBRE_DATA_DIR": str(tmp_path),
        "PLACELIBRE_HISTORY_DIR": str(tmp_path / "history"),
        "PLACELIBRE_LISTEN": f"127.0.0.1:{free_ports()}",
        "PLACELIBRE_TENANT": "nantes",
        "PLACELIBRE_LOG_LEVEL": "debug",
    }  # fmt: skip


COMMANDS = [
    "--help", "doctor", "doctor --json", "local status", "local status --json", "sites", "sites --json", "site 284",
    "nearest -1.5577 47.2131", "devices", "why 284", "why sign:a", "at 2026-05-04T14:30", "catalogue export",
    "catalogue audit", "rejects list", "rejects summary", "city show", "city clock", "history", "adapters", "worker",
    f"mqtt mqtt://u:{WORD}@127.0.0.1 --source nwave_nps405", "serve", "webhook",
    f"mqtt u:{WORD}@127.0.0.1 --source nwave_nps405", f"--kafka u:{WORD}@127.0.0.1:9 rejects list",
    f"poll --once --source nantes --url http://u:{WORD}@127.0.0.1:9/a?apikey={WORD}",
    f"poll --once --source nantes --url ftp://u:{WORD}@127.0.0.1:9/a?apikey={WORD}",
    f"--redis redis://:{WORD}@127.0.0.1:9/0 sites",
]  # fmt: skip


@pytest.mark.parametrize("neighbour", ["away", "echoing"])
@pytest.mark.parametrize("form", ["text", "json"])
def test_no_command_shows_a_secret(
    neighbour: str, form: str, echo: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    port = echo if neighbour == "echoing" else free_ports()
    given_ = _environment(port, tmp_path) | {"PLACELIBRE_LOG_FORMAT": form}
    monkeypatch.setattr("ops.cli.service.refuse_taken", _stop_here)
    monkeypatch.setattr("ops.cli.intake.refuse_taken", _stop_here)
    run = command_in(given_, monkeypatch, capsys)
    for command in COMMANDS:
        done = run(*command.split())
        assert WORD not in done.stdout + done.stderr, command


def _stop_here(*_: object) -> None:
    raise RuntimeError(
        f"a mistake that quotes {os.environ['PLACELIBRE_REDIS']} and {os.environ['PLACELIBRE_WEBHOOK_TOKENS']}"
    )


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("REDIS", f"redis://:{WORD}/x@127.0.0.1:1/0"),
        ("REDIS", f"http://:{WORD}@127.0.0.1:1/0"),
        ("REDIS", f"{WORD}@127.0.0.1"),
        ("KAFKA", f"user:{WORD}@broker"),
        ("PARTITIONS", f"u:{WORD}@h"),
        ("BASEMAP_URL", f"ftp://tiles.example/?key={WORD}"),
        ("WEBHOOK_TOKENS", json.dumps({"a": WORD})),
        ("WEBHOOK_TOKENS", f'{{"a": "{WORD}'),
        ("WEBHOOK_TOKENS", json.dumps([WORD])),
        ("WEBHOOK_DEVICES", json.dumps({"a": {"token": WORD}})),
        ("POLL_SECRETS", json.dumps({"nantes": {"pasword": WORD}})),
        ("POLL_SECRETS", json.dumps({"nantes": {"headers": WORD}})),
        ("CONTACT", f"https://u:{WORD}@a b"),
    ],
)
def test_no_refusal_of_a_setting_shows_one(
    name: str, value: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    done = command_in({f"PLACELIBRE_{name}": value}, monkeypatch, capsys)("sites")
    assert done.code == 2
    assert name.lower() in done.stderr.lower()
    assert WORD not in done.stdout + done.stderr


@pytest.mark.parametrize(
    "text",
    [
        f'mqtt_pasword = "{WORD}"',
        f'[kafka]\ntoken = "{WORD}"',
        f'redis = "redis://:{WORD}@h:x/0"',
        f'redis = "{WORD}\n',
    ],
)
def test_no_refusal_of_a_file_shows_one(
    text: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    file = tmp_path / "placelibre.toml"
    file.write_text(text)
    done = command_in({"PLACELIBRE_CONFIG": str(file)}, monkeypatch, capsys)("sites")
    assert done.code == 2
    assert WORD not in done.stdout + done.stderr


@given(st.text(st.characters(exclude_categories=("Cs",)), min_size=6))
def test_a_secret_is_found_however_it_is_written(secret: str) -> None:
    remember(Settings(mqtt_password=SecretStr(secret)))
    try:
        for written in (secret, quote(secret, safe=""), repr(secret)[1:-1], json.dumps(secret)[1:-1]):
            assert written not in hide(f"before {written} after") or written in "before *** after"
    finally:
        hiding._known.clear()


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("cannot reach redis://:pw@h:1/0.", "cannot reach redis://***@h:1/0."),
        ("mqtts://u:p@ss@h/x and amqp://a@b", "mqtts://***@h/x and amqp://***@b"),
        ("GET https://h/a?limit=5&apikey=K1&x=2#f", "GET https://h/a?limit=5&apikey=***&x=2#f"),
        (
            "https://h/?X-Amz-Signature=ab&Ocp-Subscription-Key=cd",
            "https://h/?X-Amz-Signature=***&Ocp-Subscription-Key=***",
        ),
        ("Authorization: Bearer abc.def-123", "Authorization: Bearer ***"),
        ("u:pw@host:6379 does not answer", "***@host:6379 does not answer"),
        ("at 12:30 somebody@example.org wrote", "at 12:30 somebody@example.org wrote"),
        ("connect(user='u', password='pw1 x', t=3)", "connect(user='u', password='***', t=3)"),
        ('{"token":"abc.d", "vacant": 3}', '{"token":"***", "vacant": 3}'),
        ("X-Api-Key: abcdef\nnext", "X-Api-Key: ***\nnext"),
        ("a token is needed: send it", "a token is needed: send it"),
        ("set PLACELIBRE_MQTT_PASSWORD, or leave it", "set PLACELIBRE_MQTT_PASSWORD, or leave it"),
        ("basic explanations stay", "basic explanations stay"),
        ("https://medium.com/@city?page=2", "https://medium.com/@city?page=2"),
        ("keys = 3, monkey=4", "keys = 3, monkey=4"),
    ],
)
def test_the_forms_in_which_others_hold_secrets_are_known(text: str, shown: str) -> None:
    assert hide(text) == shown
    assert hide_in({"a": [text, 1]}) == {"a": [shown, 1]}


def test_user_and_password_are_hidden_as_a_header_has_them() -> None:
    remember(Settings(poll_secrets={"nantes": {"user": "u", "password": "long-enough"}}))
    assert base64.b64encode(b"u:long-enough").decode() not in hide("got " + base64.b64encode(b"u:long-enough").decode())


def test_an_address_that_somebody_mistyped_shows_nothing_before_its_last_at() -> None:
    assert without_user("redis://:a/b@c@host:1/0") == "redis://***@host:1/0"
    assert without_user("user:pw@host") == "***@host"
    assert without_user("redis://host:1/0") == "redis://host:1/0"
    assert has_password("redis://:x@h")
    assert not has_password("redis://user@h")


@pytest.mark.parametrize(
    ("text", "mode", "warned"),
    [
        ('redis = "redis://:pw@h:1/0"\n', 0o644, True),
        ('redis = "redis://:pw@h:1/0"\n', 0o640, False),
        ('redis = "redis://h:1/0"\n', 0o644, False),
        ('mqtt_password = "x"\n', 0o644, True),
        ('[webhook_tokens]\ncounter = "xxxxxxxxxxxxxxxx"\n', 0o604, True),
        ('[poll_secrets.nantes]\nuser = "u"\n', 0o644, True),
        ('tenant = "tokenville"\n', 0o644, False),
    ],
)
def test_a_file_that_everybody_can_read_is_warned_about_where_it_holds_a_secret(
    text: str, mode: int, warned: bool, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / "placelibre.toml"
    file.write_text(text)
    file.chmod(mode)
    monkeypatch.setenv("PLACELIBRE_CONFIG", str(file))
    told = list_open_secrets(None)
    assert [f"chmod o-r {file}" in sentence for sentence in told] == [True] * warned


def test_a_password_on_the_command_line_is_warned_about(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    assert "list of processes" in list_open_secrets("redis://:pw@h:1/0")[0]
    assert list_open_secrets("redis://h:1/0") == []


def test_the_traceback_of_a_mistake_of_ours_is_a_record_of_the_log(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("https://h/?token=zq9xv\n1999-01-01 forged")

    monkeypatch.setattr("ops.cli.adapters.settings_of", fail)
    monkeypatch.setenv("PLACELIBRE_LOG_FORMAT", "json")
    done = command_in({}, monkeypatch, capsys)("adapters")
    told = json.loads(done.stderr)
    assert (done.code, told["level"]) == (1, "critical")
    assert "?token=***" in told["error"]
    logging.getLogger().handlers.clear()
