"""``placelibre signs``: variable message signs, from the inventory to what they show; a module a command."""

import typer
from rich.markup import escape
from rich.table import Table

from ops.cities import find_city
from ops.cli import (
    signs_audit,
    signs_confirm,
    signs_datex,
    signs_inventory,
    signs_orders,
    signs_plan,
    signs_run,
    signs_show,
    signs_software,
    signs_wrong,
)
from ops.console import AsJson, TenantOption, live_state, out, print_json, run, settings_of
from ops.settings import Settings
from parking.signs.model import Sign
from store.signs import read_signs

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode="rich",
    help="Variable message signs that are dark before they lie: what stands at the road, what it shows and why.\n\n"
    "[bold]Examples[/bold]: placelibre signs list · placelibre signs run --tenant nantes",
)


@app.command("list")
def list_(context: typer.Context, tenant: TenantOption = None, as_json: AsJson = False) -> None:
    """List the signs of a city: protocol, address, lines and the places that each counts.

    [bold]Example[/bold]: placelibre signs list --tenant nantes --json
    """
    settings = settings_of(context)
    signs = run(_read(settings, run(find_city(settings, tenant))))
    if as_json:
        print_json({"signs": [_document(sign) for sign in signs]})
        return
    table = Table("sign", "name", "protocol", "address", "mode", "lines")
    for sign in signs:
        lines = "; ".join(f"{line.legend} ({', '.join(line.places)})" for line in sign.lines)
        cells = (sign.id, sign.name, sign.protocol.value, sign.address or "—", sign.mode.value, lines)
        table.add_row(*map(escape, cells))
    out.print(table)


async def _read(settings: Settings, tenant: str) -> list[Sign]:
    async with live_state(settings) as client:
        return await read_signs(client, tenant)


def _document(sign: Sign) -> dict[str, object]:
    return {
        "id": sign.id,
        "name": sign.name,
        "protocol": sign.protocol.value,
        "address": sign.address,
        "mode": sign.mode.value,
        "groups": list(sign.groups),
        "lines": [{"number": line.number, "legend": line.legend, "places": list(line.places)} for line in sign.lines],
    }


app.command("import")(signs_inventory.import_)
app.command("export")(signs_inventory.export)
app.command("set")(signs_inventory.set_)
app.command("run")(signs_run.run_)
app.command("import")(signs_inventory.import_)
app.command("export")(signs_inventory.export)
app.command("set")(signs_inventory.set_)
app.command("show")(signs_show.show)
app.command("preview")(signs_show.preview)
app.command("datex")(signs_datex.datex)
app.command("software")(signs_software.software)
app.command("override")(signs_orders.override)
app.command("confirm")(signs_confirm.confirm)
app.command("extend")(signs_orders.extend)
app.command("release")(signs_orders.release)
app.command("health")(signs_orders.health)
app.command("test-pixels")(signs_orders.try_pixels)
app.command("drill")(signs_orders.drill)
app.command("audit")(signs_audit.audit)
app.command("wrong")(signs_wrong.wrong)
app.command("plan")(signs_plan.plan)
