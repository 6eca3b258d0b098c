"""``placelibre signs import``, ``export`` and ``set``: the inventory of signs."""

from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer
from rich.markup import escape

from ops.cataloguing import CatalogueFileError
from ops.cities import find_city
from ops.console import AsJson, TenantOption, err, out, print_json, run, settings_of
from ops.inventory import document_of, import_signs, list_inventory, read_sign_files, set_mode
from parking.catalogue.rows import RowRefusal
from parking.signs.inventory import MergedSigns
from parking.signs.words import OrderReason, SignMode

EXIT_NOT_TAKEN = 1


def import_(
    context: typer.Context,
    files: Annotated[list[Path], typer.Argument(help="CSV, TOML or JSON, in this order", show_default=False)],
    tenant: TenantOption = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="say what would change, change nothing")] = False,
    as_json: AsJson = False,
) -> None:
    """Merge files into the inventory of signs (docs/signs.md says which columns); exit code 1 if anything was refused.

    Importing again changes nothing. Of a file that names another sign's address nothing is taken. Communities and
    passwords are refused: they come by PLACELIBRE_SIGNS_SECRETS.

    [bold]Example[/bold]: placelibre signs import signs.csv --tenant exempleville --dry-run
    """
    settings, read = settings_of(context), read_sign_files(files)
    merged = run(import_signs(settings, run(find_city(settings, tenant)), read, dry_run))
    if as_json:
        print_json({"dry_run": dry_run, **_outcome(merged)})
    else:
        for line in (*merged.notes, *map(str, merged.refusals)):
            err.print(escape(line), highlight=False, soft_wrap=True)
        would = "would be " if dry_run else ""
        new, changed = len(merged.new), len(merged.changed) - len(merged.new)
        out.print(f"signs {would}new {new}, {would}changed {changed}, refused {len(merged.refusals)}", highlight=False)
    if merged.refusals:
        raise typer.Exit(EXIT_NOT_TAKEN)


def export(
    context: typer.Context,
    tenant: TenantOption = None,
    path: Annotated[Path | None, typer.Option("--out", help="a file; default: standard output")] = None,
) -> None:
    """Write the inventory as JSON that can be imported; no secret is in it, since the inventory has none.

    [bold]Example[/bold]: placelibre signs export --tenant exempleville --out signs.json
    """
    settings = settings_of(context)
    document = document_of(run(list_inventory(settings, run(find_city(settings, tenant)))))
    if path is None:
        print_json(document)
        return
    try:
        path.write_bytes(msgspec.json.format(msgspec.json.encode(document)) + b"\n")
    except OSError as error:
        raise CatalogueFileError(f"cannot write {path}: {error.strerror}; give another --out") from error


def set_(
    context: typer.Context,
    sign: Annotated[str, typer.Argument(metavar="SIGN", help="the sign's id", show_default=False)],
    mode: Annotated[SignMode, typer.Option(help="out of service it is kept dark, on test it shows orders alone")],
    author: Annotated[str, typer.Option(help="who says so; it stands in the record")],
    reason: Annotated[OrderReason, typer.Option(help="why")],
    tenant: TenantOption = None,
    as_json: AsJson = False,
) -> None:
    """Put a sign in service, out of service, on test, or retire it; recorded first, with author and reason.

    [bold]Example[/bold]: placelibre signs set A12 --mode out_of_service --reason maintenance --author m.durand
    """
    settings = settings_of(context)
    city = run(find_city(settings, tenant))
    decision = run(set_mode(settings, city, sign, mode, author, reason))
    if as_json:
        print_json({"decision": msgspec.to_builtins(decision)})
    else:
        out.print(f"{decision.subject}  {mode.value}  ({decision.id})", highlight=False)


def _outcome(merged: MergedSigns) -> dict[str, Any]:
    ids = [sign.id for sign in merged.changed]
    return {
        "new": [id_ for id_ in ids if id_ in merged.new],
        "changed": [id_ for id_ in ids if id_ not in merged.new],
        "refused": [_refusal(refusal) for refusal in merged.refusals],
        "notes": list(merged.notes),
    }


def _refusal(refusal: RowRefusal) -> dict[str, Any]:
    where = refusal.where
    return {"file": where.file, where.unit: where.row or None, "column": refusal.column or None,
            "detail": refusal.detail}  # fmt: skip
