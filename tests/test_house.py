"""What holds in every room of the house, so that a reader can rely on it."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

HOUSE = Path(__file__).parent.parent
ROOMS = ("parking", "_accel", "geo", "store", "serving", "streams", "sensors", "gateways", "ops")
MODULES = {path: ast.parse(path.read_text()) for room in ROOMS for path in sorted((HOUSE / room).rglob("*.py"))}
MODULES = {path: tree for path, tree in MODULES.items() if "node_modules" not in path.parts}


def name_of(path: Path) -> str:
    return str(path.relative_to(HOUSE))


def test_a_public_class_name_means_one_thing() -> None:
    where = defaultdict(list)
    for path, tree in MODULES.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                where[node.name].append(name_of(path))
    assert {name: places for name, places in where.items() if len(places) > 1} == {}
    assert len(where) > 200, "the house was not read"


def undocumented(body: list[ast.stmt], owner: str) -> Iterator[str]:
    for node in body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) and not node.name.startswith("_"):
            if ast.get_docstring(node) is None:
                yield f"{owner}.{node.name}"
            if isinstance(node, ast.ClassDef):
                yield from undocumented(node.body, f"{owner}.{node.name}")


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_every_public_name_says_what_it_promises(path: Path) -> None:
    tree = MODULES[path]
    assert ast.get_docstring(tree) is not None or not tree.body, "the module says nothing of itself"
    assert list(undocumented(tree.body, name_of(path))) == []


def test_every_package_says_that_it_is_typed() -> None:
    assert [room for room in ROOMS if not (HOUSE / room / "py.typed").exists()] == []


def constants_of(tree: ast.Module) -> Iterator[str]:
    for node in tree.body:
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        for target in targets:
            for name in target.elts if isinstance(target, ast.Tuple) else [target]:
                if isinstance(name, ast.Name) and name.id.isupper() and len(name.id) > 1 and name.id[0] != "_":
                    yield name.id


def test_a_public_constant_means_one_thing() -> None:
    """But for sources, each of which has an INFO, a ZONE and a PAYLOAD of its own: there the same name is the rule."""
    where = defaultdict(list)
    for path, tree in MODULES.items():
        if not path.is_relative_to(HOUSE / "sensors/sources"):
            for name in constants_of(tree):
                where[name].append(name_of(path))
    assert {name: places for name, places in where.items() if len(places) > 1} == {}
    assert len(where) > 150, "the house was not read"
