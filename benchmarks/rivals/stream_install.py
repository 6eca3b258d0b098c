"""Installs the rivals of the stream benchmark, each into a place of its own, outside the checkout and our environment.

    python -m benchmarks.rivals.stream_install                    all of them (some minutes, 200 MB, once)
    python -m benchmarks.rivals.stream_install faststream         one

Versions are exact: ``stream_<name>.txt`` lists a Python rival's packages, ``stream_java.COORDINATES`` the jars. What is
installed lies in ``rivals/`` of the cache directory of the settings, by a digest of that list.
"""

import argparse
import hashlib
import shutil
import subprocess
import sys
import venv
from pathlib import Path

from rich.console import Console

from benchmarks.rivals import stream_java
from benchmarks.rivals.stream_rival import HERE, Say
from ops.settings import load_settings

PYTHON_RIVALS = ("faststream", "bytewax", "quixstreams")
NAMES = (*PYTHON_RIVALS, "kafka-streams")
COMMAND = "python -m benchmarks.rivals.stream_install"


def _home(name: str) -> Path:
    digest = hashlib.blake2b(_requirements(name).read_bytes(), digest_size=4).hexdigest()
    return load_settings().cache_dir / "rivals" / f"{name}-{digest}"


def _requirements(name: str) -> Path:
    return HERE / f"stream_{name}.txt"


def python_of(name: str) -> Path:
    """The interpreter of a rival's virtual environment, whether it is there or not."""
    return _home(name) / "bin" / "python"


def lacks(name: str) -> str | None:
    """Why a Python rival cannot be started; None where it can."""
    return None if (_home(name) / "ready").exists() else f"not installed: {COMMAND} {name}"


def install(name: str, say: Say) -> None:
    """Make a Python rival's environment, or make it anew where an earlier attempt was interrupted."""
    if lacks(name) is None:
        return
    home = _home(name)
    shutil.rmtree(home, ignore_errors=True)
    say(f"{name}: making {home}")
    venv.create(home, with_pip=True)
    pip = [str(python_of(name)), "-m", "pip", "install", "--disable-pip-version-check", "--progress-bar=off"]
    with subprocess.Popen(
        [*pip, "--no-deps", "-r", str(_requirements(name))], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as running:
        said = []
        for line in running.stdout or ():
            said.append(line)
            if line.startswith("Collecting "):
                say(f"{name}: {line.split()[1]}")
    if running.returncode:
        raise SystemExit(f"{name} could not be installed:\n{''.join(said[-8:])}")
    (home / "ready").touch()


def main() -> None:
    """Install, saying what is done."""
    parser = argparse.ArgumentParser(
        prog=COMMAND, description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("names", nargs="*", metavar="RIVAL", help=f"of {', '.join(NAMES)} (default: all)")
    asked = parser.parse_args().names or list(NAMES)
    if unknown := set(asked) - set(NAMES):
        parser.error(f"there is no {', '.join(sorted(unknown))}; choose from {', '.join(NAMES)}")
    err, missing = Console(stderr=True), 0
    for name in asked:
        if name in PYTHON_RIVALS:
            install(name, lambda line: err.print(f"· {line}", highlight=False))
            err.print(f"{name} is installed")
        else:
            reason = stream_java.install(lambda line: err.print(f"· {line}", highlight=False))
            missing += reason is not None
            err.print(f"{name}: {reason}" if reason else f"{name} is installed")
    sys.exit(1 if missing else 0)


if __name__ == "__main__":
    main()
