"""docs/adding-a-source.md, done as it says in a copy of the repository: the new source is found everywhere."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support import ROOT

pytestmark = pytest.mark.slow

FILES = dict(re.findall(r'```\w+ title="(.+?)"\n(.*?)```', (ROOT / "docs" / "adding-a-source.md").read_text(), re.S))
SAMPLES = "sensors/sources/exampleville/samples.py"
COPIED = ("sensors", "tests", "docs/mapping")
LINKED = ("parking", "_accel", "geo", "store", "serving", "streams", "gateways", "ops", "pyproject.toml")


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    for name in COPIED:
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__", "e2e"))
    for name in LINKED:
        (tmp_path / name).symlink_to(ROOT / name)
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def python(copy: Path, *args: str) -> subprocess.CompletedProcess[str]:
    env = os.environ | {"PYTHONPATH": str(copy), "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run([sys.executable, *args], cwd=copy, env=env, capture_output=True, text=True, timeout=170)


def contract(copy: Path) -> subprocess.CompletedProcess[str]:
    return python(copy, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/contract", "-k", "exampleville")


def test_a_source_that_is_a_folder_a_page_and_a_test_is_found_everywhere(copy: Path) -> None:
    assert len(FILES) == 6
    done = contract(copy)
    assert done.returncode == 0, done.stdout
    assert "5 passed" in done.stdout
    own = python(copy, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/sensors/sources/test_exampleville.py")
    assert own.returncode == 0, own.stdout
    listed = json.loads(python(copy, "-m", "ops", "adapters", "--json").stdout)["adapters"]
    [info] = [one for one in listed if one["id"] == "exampleville"]
    assert (info["licence"], info["licence_by"]) == (None, "data.exampleville.example")
    fuzzed = (
        "from sensors import fuzzing, samples; samples.read_bodies()['exampleville']; print(fuzzing.fuzz(400)[4:6])"
    )
    assert python(copy, "-c", fuzzed).stdout.strip() == "(0, 0)"
    style = python(copy, "-m", "ruff", "check", "--no-cache", *(name for name in FILES if name.endswith(".py")))
    assert style.returncode == 0, style.stdout


def test_whatever_is_forgotten_is_asked_for_in_a_sentence(copy: Path) -> None:
    (copy / SAMPLES).unlink()
    (copy / "docs" / "mapping" / "exampleville.md").unlink()
    done = contract(copy)
    assert done.returncode == 1
    assert f"exampleville has no samples: write {SAMPLES} with PAYLOAD" in done.stdout
    assert "write docs/mapping/exampleville.md" in done.stdout


def test_a_folder_that_calls_itself_something_else_is_told_so(copy: Path) -> None:
    adapter = copy / "sensors" / "sources" / "exampleville" / "adapter.py"
    adapter.write_text(adapter.read_text().replace('id="exampleville"', 'id="example"'))
    assert "sensors/sources/exampleville calls itself 'example'" in python(copy, "-m", "ops", "adapters").stderr
