"""docs/city-from-zero.md, run from its first command to its last, on servers and ports of the test's own."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import House
from tests.support import ROOT, free_ports

PAGE = (ROOT / "docs/city-from-zero.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r'^```(\w+)(?: title="(.+?)")?\n(.*?)^```', PAGE, re.MULTILINE | re.DOTALL)
FILES = {title: text for _, title, text in BLOCKS if title}
COMMANDS = [text for kind, title, text in BLOCKS if kind == "sh"]
UNTIL = """
until_vacant() {
    for _ in $(seq 100); do
        [[ "$(curl --silent "http://127.0.0.1:18080/v1/sites/$1")" == *"\\"vacant\\":$2,"* ]] && return; sleep 0.3
    done; echo "$1 never had $2 vacant"; exit 3
}
"""


def script(port: int) -> str:
    """The page's commands; where a reader would look again, the script waits for what the page says is there."""
    lines = ["set -e -o pipefail -m", "trap 'kill $(jobs -p) 2>/dev/null || true' EXIT", UNTIL]
    for number, text in enumerate(COMMANDS):
        lines.append(f"echo '=== {number}'")
        if text.startswith("placelibre sites"):
            lines += ["until_vacant halle 139", "until_vacant lilas 1"]
        lines.append(text.replace("placelibre site halle\n", "until_vacant halle 135; placelibre site halle\n")
                     if "redrive" in text else text)  # fmt: skip
    whole = "\n".join(lines).replace("placelibre local down", "")  # these servers are those of all tests
    return whole.replace("127.0.0.1:18080", f"127.0.0.1:{port}").replace("127.0.0.1:18090", f"127.0.0.1:{port + 1}")


@pytest.mark.timeout(400)
def test_a_city_is_made_from_nothing_as_the_page_says(house: House, tmp_path: Path) -> None:
    assert len(FILES) == 5
    assert len(COMMANDS) == 12
    port, folder = free_ports(), tmp_path / "exemple"
    folder.mkdir()
    for name, text in FILES.items():
        (folder / name).write_text(text, encoding="utf-8")
    env = os.environ | house.env | {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "PLACELIBRE_LISTEN": f"127.0.0.1:{port}",
        "PLACELIBRE_WEBHOOK_LISTEN": f"127.0.0.1:{port + 1}",
    }  # fmt: skip
    done = subprocess.run(
        ["bash", "-c", script(port)], cwd=folder, env=env, capture_output=True, text=True, timeout=380, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    said = done.stdout
    assert "places: 2 new, 0 changed; 0 rows refused" in said
    assert '"vacant_for_need":1' in said, "the bay for badge holders is found by who needs it"
    assert "out-1" in said.partition("└── the last word folded in")[2], "why names the device that spoke last"
    assert "nothing to report" in said, "the audit"
    assert "counter/in-2 belongs to no place of city exemple" in said
    assert "1 of 1 sent again" in said
