"""The result for people: two rich tables."""

from typing import Any

from rich.console import Console
from rich.table import Table


def _cell(value: Any, digits: int = 2) -> str:
    return "-" if value is None else f"{value:,.{digits}f}"


def show(result: dict[str, Any], console: Console) -> None:
    """One row a rival, then one a goal."""
    console.print(
        f"{result['spaces']:,} spaces, {result['occupied']:.0%} occupied, the 10 nearest free within 2 km\n"
        "(medians in microseconds; × is a rival's time over ours, into buffers used again, or as new lists)"
    )
    table = Table(box=None, padding=(0, 1, 0, 0), header_style="dim")
    table.add_column("", no_wrap=True)
    headings = (
        "build a\nspace", "toggle", "query", "query\np99", "bytes a\nspace", "query\n×", "as\nlists ×", "toggle\n×",
        "off\nby m",
    )  # fmt: skip
    for heading in headings:
        table.add_column(heading, justify="right", no_wrap=True)
    ours = result["rivals"][0]
    for row in [*result["rivals"], *([result["large"]] if result["large"] else [])]:
        larger = row["spaces"] != ours["spaces"]
        table.add_row(
            f"  at {row['spaces']:,}" if larger else row["name"],
            _cell(row["build_us_per_space"]), _cell(row["toggle_p50_us"]), _cell(row["query_p50_us"]),
            _cell(row["query_p99_us"]), _cell(row["bytes_per_space"], 1), _cell(row.get("query_ratio"), 0),
            _cell(row.get("query_ratio_as_lists"), 0), _cell(row.get("toggle_ratio"), 0),
            _cell(row.get("against_ours", {}).get("max_m")),
            style="bold" if row is ours else None,
        )  # fmt: skip
    console.print(table)
    console.print(
        f"placelibre also: {ours['query_as_lists_p50_us']:.2f} µs for an answer as lists, "
        f"{ours['query_in_batch_us']:.2f} µs a query asked 1,000 at a time"
    )
    aims = Table("", "", "target", "reached", "", box=None, padding=(0, 2, 0, 0), header_style="dim")
    for goal in result["goals"]:
        mark = "[green]ok[/]" if goal["ok"] else "[red]missed[/]"
        aims.add_row(goal["kind"], goal["what"], f"{goal['target']:g}", f"{goal['reached']:g}", mark)
    console.print(aims)
