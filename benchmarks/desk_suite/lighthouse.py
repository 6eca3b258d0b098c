"""Lighthouse's word about the overview, where npm can fetch it; else why not."""

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

from benchmarks.desk_suite.house import DeskProcess
from benchmarks.desk_suite.screen import CHROMIUM, PAGE

PACKAGE = "lighthouse@13.5.0"
_PATIENCE_S = 180
_ASKED = ("first-contentful-paint", "largest-contentful-paint", "total-blocking-time", "cumulative-layout-shift",
          "speed-index", "interactive")  # fmt: skip


def ask_lighthouse(desk: DeskProcess, cookie: tuple[str, str], home: Path) -> dict[str, Any]:
    """Its score for performance, 0..100, on a desk's screen, and what it is made of; or ``skipped`` with why."""
    if not (npx := shutil.which("npx")):
        return {"skipped": "no npx here: install Node.js 22 or newer"}
    headers, report = home / "headers.json", home / "lighthouse.json"
    headers.write_text(json.dumps({"Cookie": "=".join(cookie)}))
    command = [
        npx, "--yes", PACKAGE, desk.url + PAGE, "--quiet", "--preset=desktop", "--only-categories=performance",
        "--output=json", f"--output-path={report}", f"--extra-headers={headers}",
        "--chrome-flags=--headless=new --no-sandbox",
    ]  # fmt: skip
    try:
        done = subprocess.run(
            command, env=os.environ | {"CHROME_PATH": CHROMIUM or ""}, capture_output=True, text=True,
            timeout=_PATIENCE_S, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return {"skipped": f"it did not end within {_PATIENCE_S} s"}
    if done.returncode or not report.exists():
        return {"skipped": f"it could not be fetched or run: {done.stderr.strip()[-300:]}"}
    said = json.loads(report.read_text())
    score = said["categories"]["performance"]["score"]
    if score is None:
        return {"skipped": f"it gave no score: {said.get('runtimeError', {}).get('message', '')[:300]}"}
    return {"score": round(100 * score)} | {name: said["audits"][name].get("displayValue") for name in _ASKED}
