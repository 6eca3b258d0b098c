"""The crate ``ntcip`` as a judge: built once from the crates registry (tests/parking/signs/oracle), asked by lines."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path

import pytest

from ops.settings import Settings
from parking.signs.model import SignLimits
from parking.signs.multi.layout import Rgb

HERE = Path(__file__).parent.parent / "oracle"
NUMBERS = {7: "F07", 5: "F07-C", 8: "F08"}
"""The crate's own fonts under the numbers that they bear."""

Answer = dict[tuple[int, int], Rgb] | str
Job = tuple[str, SignLimits]


class Oracle:
    """A built judge and its fonts' files."""

    def __init__(self, binary: Path, fonts: Path) -> None:
        self.binary = binary
        self.fonts = fonts

    def judge(self, jobs: Iterable[Job]) -> list[Answer]:
        """For each message the pixels that are not black, or what the crate has against it."""
        lines = [f"FONT {number} {self.fonts / name}.tfon" for number, name in NUMBERS.items()]
        lines += [_line(multi, limits) for multi, limits in jobs]
        done = subprocess.run([self.binary], input="\n".join(lines) + "\n", capture_output=True, text=True, check=True)
        return [_read(line) for line in done.stdout.splitlines()]


def _line(multi: str, limits: SignLimits) -> str:
    numbers = (limits.width_px, limits.height_px, limits.char_width_px or 0, limits.char_height_px or 0)
    font = limits.default_font or min(limits.fonts)
    return "\t".join(map(str, (*numbers, limits.colour_scheme or 1, font, multi)))


def _read(line: str) -> Answer:
    if line.startswith("!"):
        return line[1:]
    found = (entry.split(",") for entry in line[1:].split())
    return {(int(x), int(y)): (int(rgb[:2], 16), int(rgb[2:4], 16), int(rgb[4:], 16)) for x, y, rgb in found}


def build() -> Oracle:
    """The judge, or a skip that says why there is none."""
    cargo = shutil.which("cargo") or shutil.which("cargo", path=str(Path.home() / ".cargo" / "bin"))
    if cargo is None:
        pytest.skip("no cargo here: the crate ntcip cannot be built (apt install cargo, or https://rustup.rs)")
    target = Settings().cache_dir / "oracle-ntcip-0.15.0"
    env = os.environ | {"CARGO_TARGET_DIR": str(target)}

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([cargo, *words], cwd=HERE, env=env, capture_output=True, text=True, check=False)

    fetched = run("metadata", "--locked", "--format-version", "1")
    if fetched.returncode:  # no network and nothing cached, or a cargo that is older than 1.85
        said = [line for line in fetched.stderr.splitlines() if line.startswith("error")]
        pytest.skip(f"the crate ntcip is not to be had here: {(said or ['cargo says no more'])[0]:.300}")
    built = run("build", "--locked", "--quiet")
    assert not built.returncode, built.stderr
    packages = json.loads(fetched.stdout)["packages"]
    manifest = next(package["manifest_path"] for package in packages if package["name"] == "ntcip")
    return Oracle(target / "debug" / "multi-oracle", Path(manifest).parent / "test")
