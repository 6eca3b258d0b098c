"""The catalogue: bringing it in from files, writing it out, and auditing it."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer
from rich.markup import escape

from gateways.words.language import Language
from ops.cataloguing import CatalogueFileError, ImportOutcome, audit_tenant, export_places, import_files, read_files
from ops.cities import find_city
from ops.console import AsJson, TenantOption, err, out, print_json, run, settings_of
from parking.catalogue.audit import Audit, Disputed, Silence
from parking.catalogue.model import Point
from parking.catalogue.rows import RowRefusal
from parking.instants import in_text
from parking.printable import visible_json
from sensors.catalogue.writing import write_geojson, write_tables

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode="rich",
    help="Sites, zones, single spaces and devices: from files, to files, and what is wrong with them.\n\n"
    "[bold]Examples[/bold]: placelibre catalogue import samples/exempleville/car-parks.csv --tenant exempleville · "
    "placelibre catalogue audit --json",
)
EXIT_REFUSED = 1


class Format(StrEnum):
    """How a catalogue is written."""

    GEOJSON = "geojson"
    CSV_DIR = "csv-dir"


@app.command("import")
def import_(
    context: typer.Context,
    files: Annotated[list[Path], typer.Argument(help="GeoJSON or CSV, in any order", show_default=False)],
    tenant: TenantOption = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="say what would change, change nothing")] = False,
    as_json: AsJson = False,
) -> None:
    """Merge files into the catalogue (docs/catalogue.md says which columns); exit code 1 if a row was refused.

    Nothing is taken away, and importing again changes nothing. A device that moves elsewhere from a date on is
    ended where it was.

    [bold]Examples[/bold]: placelibre catalogue import samples/exempleville/car-parks.csv
    samples/exempleville/devices.csv --tenant exempleville ·
    placelibre catalogue import samples/exempleville/street.geojson --dry-run --json
    """
    settings, imported = settings_of(context), read_files(files)
    outcome = run(import_files(settings, run(find_city(settings, tenant)), imported, dry_run))
    if as_json:
        print_json({"dry_run": dry_run, **_outcome(outcome)})
    else:
        _print_outcome(settings.language, outcome, dry_run)
    if outcome.merged.refusals:
        raise typer.Exit(EXIT_REFUSED)


def _outcome(outcome: ImportOutcome) -> dict[str, Any]:
    changed = [place.id for place in outcome.merged.changed]
    return {
        "new": [id_ for id_ in changed if id_ in outcome.new],
        "changed": [id_ for id_ in changed if id_ not in outcome.new],
        "refused": [_refusal(refusal) for refusal in outcome.merged.refusals],
        "notes": list(outcome.notes),
    }


def _refusal(refusal: RowRefusal) -> dict[str, Any]:
    where = refusal.where
    return {"file": where.file, where.unit: where.row or None, "column": refusal.column or None,
            "detail": refusal.detail}  # fmt: skip


def _print_outcome(language: Language, outcome: ImportOutcome, dry_run: bool) -> None:
    for line in (*outcome.notes, *map(str, outcome.merged.refusals)):
        err.print(escape(line), highlight=False, soft_wrap=True)
    new, changed = len(outcome.new), len(outcome.merged.changed) - len(outcome.new)
    told = "catalogue.would_merge" if dry_run else "catalogue.merged"
    out.print(language.say(told, new=new, changed=changed, refused=len(outcome.merged.refusals)))


@app.command("export")
def export(
    context: typer.Context,
    tenant: TenantOption = None,
    format_: Annotated[Format, typer.Option("--format", help="csv-dir is sites, spaces and devices")] = Format.GEOJSON,
    path: Annotated[Path | None, typer.Option("--out", help="a file, or for csv-dir a folder")] = None,
) -> None:
    """Write the catalogue as files that can be imported; GeoJSON without --out goes to standard output.

    [bold]Examples[/bold]: placelibre catalogue export --tenant exempleville --out exempleville.geojson ·
    placelibre catalogue export --tenant exempleville --format csv-dir --out exempleville/
    """
    settings = settings_of(context)
    if format_ is Format.CSV_DIR and path is None:
        raise CatalogueFileError("csv-dir is three files: name a folder with --out")
    places = run(export_places(settings, run(find_city(settings, tenant))))
    if path is None:
        typer.echo(visible_json(write_geojson(places)), nl=False)
        return
    try:
        if format_ is Format.GEOJSON:
            path.write_text(write_geojson(places), encoding="utf-8")
            return
        path.mkdir(parents=True, exist_ok=True)
        for name, text in write_tables(places).items():
            (path / name).write_text(text, encoding="utf-8")
    except OSError as error:
        raise CatalogueFileError(f"cannot write {path}: {error.strerror}; give another --out") from error


@app.command("audit")
def audit(context: typer.Context, tenant: TenantOption = None, as_json: AsJson = False) -> None:
    """List what does not fit: devices never heard, of another make, unknown or twice in it, places without a number.

    Also where two sources say different things of a place, and which fields feeds said and not the city.

    Exit code 1 if there is anything.

    [bold]Example[/bold]: placelibre catalogue audit --tenant exempleville --json
    """
    settings = settings_of(context)
    found = run(audit_tenant(settings, run(find_city(settings, tenant))))
    if as_json:
        print_json(_audit(found))
    else:
        _print_audit(settings.language, found)
    if not found.is_clean:
        raise typer.Exit(EXIT_REFUSED)


def _audit(found: Audit) -> dict[str, Any]:
    return {
        "never_observed": found.never_observed,
        "unheard": [row._asdict() for row in found.unheard],
        "unknown": [row._asdict() | {"last_at": in_text(row.last_at)} for row in found.unknown],
        "double": [row._asdict() for row in found.double],
        "mistaken": [row._asdict() | {"last_at": in_text(row.last_at)} for row in found.mistaken],
        "disputed": [msgspec.to_builtins(row._asdict()) for row in found.disputed],
        "said_by": found.said_by,
    }


_WHY = {Silence.NEVER_OBSERVED: "catalogue.no_number", Silence.NO_LIVE_VALUE: "catalogue.no_live_value"}


def _print_audit(language: Language, found: Audit) -> None:
    lines = [language.say("catalogue.never_observed", what=id_) for id_ in found.never_observed]
    for silent in found.unheard:
        where = f"{silent.source}/{silent.device} → {silent.place}" + (f"/{silent.space}" if silent.space else "")
        lines.append(language.say("catalogue.unheard", what=where, why=language.say(_WHY[silent.why])))
    lines += [language.say("catalogue.unknown", what=f"{o.detail} ({o.times} ×)") for o in found.unknown]
    lines += [language.say("catalogue.double", what=o.detail) for o in found.double]
    lines += [language.say("catalogue.mistaken", what=f"{o.detail} ({o.times} ×)") for o in found.mistaken]
    lines += [_disputed(language, one) for one in found.disputed]
    for line in (*(lines or [language.say("catalogue.clean")]), *_said_by(language, found)):
        out.print(escape(line), highlight=False, soft_wrap=True)


def _disputed(language: Language, one: Disputed) -> str:
    return language.say(
        "catalogue.disputed", what=one.place, field=one.field, who=one.said_by or language.say("catalogue.city"),
        stands=_value(language, one.stands), other=one.claimed_by, claimed=_value(language, one.claimed),
    )  # fmt: skip


def _value(language: Language, value: object) -> str:
    if value is None or value == ():
        return language.say("catalogue.nothing")
    return f"{value.lon} {value.lat}" if isinstance(value, Point) else str(value)


def _said_by(language: Language, found: Audit) -> Iterator[str]:
    """A line for each that is not the city's import: how many places it says which fields of."""
    counted: dict[str, Counter[str]] = defaultdict(Counter)
    for marks in found.said_by.values():
        for field, source in marks.items():
            counted[source][field] += 1
    for source, fields in sorted(counted.items()):
        what = ", ".join(f"{field} ({count})" for field, count in fields.most_common())
        yield language.say("catalogue.said_by", who=source or language.say("catalogue.city"), fields=what)
