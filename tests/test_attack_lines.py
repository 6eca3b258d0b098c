"""Each line of the attack report names scenes and tests that exist, and is judged by all of them."""

from __future__ import annotations

import ast

import pytest

from tests.conftest import ROOT
from tests.e2e.attack_lines import LINES, Line, judge
from tests.e2e.attacks import SCENES


def functions(file: str) -> set[str]:
    tree = ast.parse((ROOT / file).read_text())
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}


@pytest.mark.parametrize("line", LINES, ids=[str(line.number) for line in LINES])
def test_what_holds_a_line_exists(line: Line) -> None:
    assert line.scenes or line.tests
    assert set(line.scenes) <= {scene.name for scene in SCENES}
    for test in line.tests:
        file, _, name = test.partition("::")
        assert not name or name in functions(file), test
        assert any(one.startswith("test_") for one in functions(file)), file


def test_every_scene_holds_a_line_and_no_number_stands_twice() -> None:
    assert {scene.name for scene in SCENES} == {name for line in LINES for name in line.scenes}
    assert len({line.number for line in LINES}) == len(LINES)


def test_a_line_holds_where_all_of_it_does() -> None:
    line = Line(1, "high", "what", ("flood",), ("tests/a.py", "tests/b.py::test_one"))
    tests = {"tests/a.py::test_x": "passed", "tests/a.py::test_y": "skipped", "tests/b.py::test_one[2]": "passed"}
    verdict = judge(line, {"flood": True}, tests)
    assert (verdict.held, verdict.broke, verdict.skipped) == (3, (), ("tests/a.py::test_y",))
    assert judge(line, {"flood": False}, tests).broke == ("flood",)
    assert judge(line, {"flood": True}, {"tests/a.py::test_x": "failed"}).broke == (
        "tests/a.py::test_x",
        "tests/b.py::test_one",
    ), "a test that did not run did not hold"
