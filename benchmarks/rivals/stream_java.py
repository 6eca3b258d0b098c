"""Kafka Streams: fetches its jars from Maven Central, and compiles ``stream_kafka_streams/`` with the JDK that is here.

Its programs are not in the repository as classes: where there is no JDK (``javac`` 17 or newer on the path or in
``JAVA_HOME``), this rival is left out, with that reason. The JDK that compiled it runs it.
"""

import hashlib
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

from benchmarks.rivals.stream_rival import HERE, Job, Say
from ops.local.kafka import KAFKA_VERSION, OLDEST_JAVA
from ops.settings import load_settings

COORDINATES = (
    f"org.apache.kafka:kafka-streams:{KAFKA_VERSION}",
    f"org.apache.kafka:kafka-clients:{KAFKA_VERSION}",  # jgo 3.2 would resolve another, through a transitive pom
    "io.lettuce:lettuce-core:6.8.1.RELEASE",
    "org.slf4j:slf4j-simple:1.7.36",
)
SOURCES = HERE / "stream_kafka_streams"
# The first compiler alone: on one core it was quicker than both, over 300,000 events and (less so) over a million.
OPTIONS = (
    "-Xms256m",
    "-Xmx512m",
    "-XX:+UseSerialGC",
    "-XX:TieredStopAtLevel=1",
    "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
)


def find_javac() -> Path | None:
    """The compiler of a JDK of at least version 17, or None."""
    home = os.environ.get("JAVA_HOME")
    for candidate in (f"{home}/bin/javac" if home else None, shutil.which("javac")):
        if candidate and Path(candidate).exists() and _version(candidate) >= OLDEST_JAVA:
            return Path(candidate).resolve()
    return None


def _version(javac: str) -> int:
    said = subprocess.run([javac, "-version"], capture_output=True, text=True, timeout=20, check=False)
    found = re.search(r"javac (\d+)", said.stdout + said.stderr)
    return int(found[1]) if found else 0


def _rivals() -> Path:
    return load_settings().cache_dir / "rivals"


def _jars() -> Path:
    return _rivals() / f"kafka-streams-{_digest(*map(str.encode, COORDINATES))}"


def _classes() -> Path:
    sources = sorted(SOURCES.glob("*.java"))
    return _rivals() / f"kafka-streams-classes-{_digest(*(source.read_bytes() for source in sources))}"


def _digest(*parts: bytes) -> str:
    return hashlib.blake2b(b"\0".join(parts), digest_size=4).hexdigest()


def install(say: Say) -> str | None:
    """Fetch and compile what is missing; returns why that cannot be done here, or None."""
    javac = find_javac()
    if javac is None:
        return f"no JDK {OLDEST_JAVA} or newer to compile it with (javac on the path, or JAVA_HOME)"
    if not _jars().is_dir():
        say("kafka-streams: 24 jars from Maven Central (100 MB, once)")
        _whole(_jars(), _fetch)
    if not _classes().is_dir():
        say("kafka-streams: compiling")
        _whole(_classes(), lambda to: _compile(javac, to))
    return None


def _whole(target: Path, fill: Callable[[Path], None]) -> None:
    """Fill a folder beside the target and move it there at once, so that half of it is never taken for the whole."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix="making-") as scratch:
        made = Path(scratch) / "whole"
        made.mkdir()
        fill(made)
        made.rename(target)


def _fetch(to: Path) -> None:
    try:
        from jgo.env import EnvironmentBuilder, LinkStrategy
        from jgo.maven import MavenContext, PythonResolver
    except ImportError as error:
        raise SystemExit("jgo is missing: `pip install -e '.[local]'` brings it") from error
    with tempfile.TemporaryDirectory(dir=to.parent) as scratch:
        context = MavenContext(repo_cache=Path(scratch) / "m2", resolver=PythonResolver())
        home = Path(scratch) / "env"
        builder = EnvironmentBuilder(context=context, link_strategy=LinkStrategy.COPY, cache_dir=home)
        builder.from_endpoint("+".join(COORDINATES))
        for jar in home.rglob("*.jar"):
            shutil.copy(jar, to / jar.name)


def _compile(javac: Path, to: Path) -> None:
    sources = map(str, sorted(SOURCES.glob("*.java")))
    done = subprocess.run(
        [javac, "--release", str(OLDEST_JAVA), "-cp", f"{_jars()}/*", "-d", to, *sources],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        raise SystemExit(f"Kafka Streams' program does not compile:\n{done.stdout}{done.stderr}")


def lacks() -> str | None:
    """Why it cannot be started; None where it can."""
    if find_javac() is None:
        return f"no JDK {OLDEST_JAVA} or newer to compile it with"
    if not (_jars().is_dir() and _classes().is_dir()):
        return "not installed: python -m benchmarks.rivals.stream_install kafka-streams"
    return None


def command(job: Job) -> list[str]:
    """Java, the classes, and the jars."""
    javac = find_javac()
    assert javac is not None, lacks()
    return [str(javac.parent / "java"), *OPTIONS, "-cp", f"{_classes()}:{_jars()}/*", "Main"]
