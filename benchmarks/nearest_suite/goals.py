"""What must hold (or the benchmark fails) and what is aimed at."""

from typing import Any

from benchmarks.nearest_suite.runs import Row
from benchmarks.rivals.ckdtree import CKDTree
from benchmarks.rivals.rtree_free import RtreeFree

AT_LEAST: tuple[tuple[str, str, int, int], ...] = (
    (RtreeFree.name, "query", 20, 60),
    (CKDTree.name, "query", 15, 45),
    (RtreeFree.name, "toggle", 75, 150),
)
"""Rival, what, how many times quicker we must be, and want to be."""

MOST_BYTES, MOST_BUILD_US, MOST_GROWTH = 20.0, 0.4, 3.0


def _goal(kind: str, what: str, target: float, reached: float, ok: bool) -> dict[str, Any]:
    return {"kind": kind, "what": what, "target": target, "reached": round(reached, 3), "ok": ok}


def goals(rows: list[Row], large: Row | None) -> list[dict[str, Any]]:
    """Every must and aim: target, reached, ok. Without a large city its aim is left out."""
    ours, rivals = rows[0], {row["name"]: row for row in rows[1:]}
    found = []
    for name, what, must, aim in AT_LEAST:
        ratio = rivals[name][f"{what}_ratio"]
        for kind, target in (("must", must), ("aim", aim)):
            found.append(_goal(kind, f"{what}: times as quick as {name}", target, ratio, ratio >= target))
    wrong = sum(not row["against_ours"]["agrees"] for row in rivals.values() if row["exact"])
    found.append(_goal("must", "exact rivals that disagree with us", 0, wrong, not wrong))
    limits = [("bytes per space", MOST_BYTES, ours["bytes_per_space"])]
    limits.append(("build: microseconds per space", MOST_BUILD_US, ours["build_us_per_space"]))
    if large:
        growth = large["query_p50_us"] / ours["query_p50_us"]
        limits.append((f"query at {large['spaces']:,} spaces : at {ours['spaces']:,}", MOST_GROWTH, growth))
        limits.append((f"build at {large['spaces']:,}: microseconds per space", MOST_BUILD_US,
                       large["build_us_per_space"]))  # fmt: skip
    return found + [_goal("aim", what, target, reached, reached <= target) for what, target, reached in limits]
