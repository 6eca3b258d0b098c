"""The result for people: one rich table, every row against stock Faust and against ours."""

from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks.stream_suite.runs import RIGHT

HEADINGS = (
    "events/s", "×\nstock", "×\nours", "second\nhalf", "×\nours", "first\neffect s", "CPU s a\n100,000", "peak\nMB",
    "changelog\nbytes an\nevent",
)  # fmt: skip


def add_ratios(rows: list[dict[str, Any]]) -> None:
    """Put its ratios against stock Faust and against ours into every row that is right."""
    right = {row["rival"]: row for row in rows if row["verdict"] == RIGHT}
    ratios = (
        ("against_stock", "stock", "events_per_s"),
        ("against_ours", "placelibre", "events_per_s"),
        ("second_half_against_ours", "placelibre", "second_half_per_s"),
    )
    for name, whom, pace in ratios:
        if whom in right:
            for row in right.values():
                row[name] = round(row[pace] / right[whom][pace], 2)


def show(result: dict[str, Any], console: Console) -> None:
    """One row a rival; one that is not right has no pace."""
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    table.add_column("", no_wrap=True)
    for heading in HEADINGS:
        table.add_column(heading, justify="right")
    table.add_column("durable")
    for row in result["rivals"]:
        if row["verdict"] == RIGHT:
            style = "bold" if row["rival"] == "placelibre" else None
            table.add_row(row["rival"], *_numbers(row), "yes" if row["durable"] else "no", style=style)
    console.print(table)
    for row in result["rivals"]:
        if row["verdict"] != RIGHT:
            console.print(f"{row['rival']}: {row['verdict']}", markup=False, highlight=False)
        elif row["events"] < result["events"]:
            console.print(f"{row['rival']} was given the smaller load of {row['events']:,} events")


def _numbers(row: dict[str, Any]) -> list[str]:
    return [
        f"{row['events_per_s']:,}",
        _times(row.get("against_stock")),
        _times(row.get("against_ours")),
        f"{row['second_half_per_s']:,}",
        _times(row.get("second_half_against_ours")),
        f"{row['seconds_to_first_effect']:.1f}",
        f"{100_000 * row['cpu_s'] / row['counted']:.1f}",
        f"{row['peak_mb']:.0f}",
        f"{row['changelog_bytes_per_event']:.0f}",
    ]


def _times(ratio: float | None) -> str:
    return "-" if ratio is None else f"{ratio:.2f}"
