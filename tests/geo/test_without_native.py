"""The product runs, slower, where no compiler was found: the same tests with the native module out of reach."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.support import ROOT

pytestmark = pytest.mark.slow

WITHOUT = """
import sys
sys.modules["_accel.nearest"] = None
from geo import nearest
assert not nearest.NATIVE
import pytest
sys.exit(pytest.main(["-q", "-p", "no:cacheprovider", *sys.argv[1:]]))
"""


def test_places_and_the_gateway_answer_alike_without_the_native_module() -> None:
    tests = ["tests/geo/test_places.py", "tests/gateways/test_api.py"]
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT, *tests], cwd=ROOT, capture_output=True, text=True, timeout=170, check=False
    )
    assert done.returncode == 0, done.stdout[-3000:]
