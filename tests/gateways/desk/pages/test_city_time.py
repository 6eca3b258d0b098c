"""Times typed at the desk are the city's, whatever the browser's zone: run in node, as the browser runs it."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

NODE = shutil.which("node")
WEB = Path(__file__).parents[4] / "gateways/desk/pages/web"
TYPED = [
    ("Europe/Paris", "2026-05-04T14:30", "2026-05-04T14:30:00+02:00"),
    ("Europe/Paris", "2026-12-04T14:30", "2026-12-04T14:30:00+01:00"),
    ("Europe/Paris", "2026-03-29T02:30", None),
    ("Europe/Paris", "2026-10-25T02:30", "2026-10-25T02:30:00+02:00"),
    ("America/Los_Angeles", "2026-11-01T01:30", "2026-11-01T01:30:00-07:00"),
    ("Asia/Kathmandu", "2026-01-01T00:00", "2026-01-01T00:00:00+05:45"),
    ("UTC", "2026-01-01T00:00", "2026-01-01T00:00:00+00:00"),
    ("Europe/Paris", "soon", None),
]


@pytest.mark.skipif(not NODE, reason="no node here")
@pytest.mark.parametrize("browser", ["Asia/Tokyo", "America/Los_Angeles", "Europe/Paris"])
def test_a_typed_time_is_the_citys(browser: str) -> None:
    script = (
        f"import {{instantIn, wallIn}} from {json.dumps((WEB / 'city_time.js').as_uri())};"
        f"const typed = {json.dumps([one[:2] for one in TYPED])};"
        "const wall = wallIn('Europe/Paris', Date.parse('2026-05-04T22:30Z'));"
        "console.log(JSON.stringify([wall, ...typed.map(([zone, at]) => instantIn(zone, at))]));"
    )
    ran = subprocess.run(
        [str(NODE), "--input-type=module", "-e", script], capture_output=True, text=True, check=True,
        env={"TZ": browser, "PATH": "/usr/bin:/bin"},
    )  # fmt: skip
    assert json.loads(ran.stdout) == ["2026-05-05T00:30", *(one[2] for one in TYPED)]
