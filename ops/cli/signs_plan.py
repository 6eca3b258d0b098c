"""``placelibre signs plan``: what each sign would show now, and why."""

from typing import Annotated, Any

import msgspec
import typer
from rich.markup import escape
from rich.table import Table

from gateways.words.language import Language
from ops.cities import find_city
from ops.console import AsJson, TenantOption, out, print_json, run, settings_of
from ops.sign_plans import PlannedCity, PlannedSign, plan_city
from parking.instants import in_text
from parking.signs.face import FaceLine
from parking.signs.plan import LinePlan


def plan(
    context: typer.Context,
    sign: Annotated[str | None, typer.Argument(metavar="[SIGN]", help="one sign alone", show_default=False)] = None,
    tenant: TenantOption = None,
    as_json: AsJson = False,
) -> None:
    """Show what each sign would show now, and why: the controller's own rules over what Redis holds. Nothing is sent.

    What a sign really shows is `signs show`; why it does, back to the sensor, `placelibre why sign:A12/1`.

    [bold]Examples[/bold]: placelibre signs plan · placelibre signs plan A12 --tenant nantes --json
    """
    settings = settings_of(context)
    city = run(plan_city(settings, run(find_city(settings, tenant)), sign))
    if as_json:
        documents = [_document(one) for one in city.signs]
        print_json({"tenant": city.tenant, "now": in_text(city.now), "signs": documents})
        return
    out.print(_table(settings.language, city))
    for one in city.signs:
        for fault in one.plan.faults:
            out.print(escape(f"{one.sign.id}: {fault}"), highlight=False, soft_wrap=True)


def _document(one: PlannedSign) -> dict[str, Any]:
    plan = one.plan
    return {
        "id": one.sign.id,
        "is_dark": plan.face.is_dark,
        "is_pattern": plan.face.is_pattern,
        "valid_until": in_text(plan.valid_until) if plan.valid_until else None,
        "look_again_at": in_text(plan.look_again_at) if plan.look_again_at else None,
        "override": one.override.decision if one.override else None,
        "faults": list(plan.faults),
        "lines": [_line(line, _lit(one, line)) for line in plan.lines],
    }


def _line(line: LinePlan, lit: FaceLine) -> dict[str, Any]:
    return {
        "line": line.number,
        "state": line.state.value,
        "legend": lit.legend,
        "value": lit.value,
        "arrow": lit.arrow.value if lit.arrow else None,
        "because": line.because.value if line.because else None,
        "held": line.held,
        "since": in_text(line.memory.since) if line.memory.since else None,
        "valid_until": in_text(line.valid_until) if line.valid_until else None,
        "inputs": [msgspec.to_builtins(given) for given in line.inputs],
    }


def _lit(one: PlannedSign, line: LinePlan) -> FaceLine:
    """What of the line the sign's face has: nothing where the whole sign is dark."""
    return next((lit for lit in one.plan.face.lines if lit.number == line.number), FaceLine(line.number))


def _table(language: Language, city: PlannedCity) -> Table:
    table = Table(*(language.say(f"sign_plan.{name}") for name in ("sign", "line", "shows", "why", "until")))
    for one in city.signs:
        printed = {line.number: line.legend for line in one.sign.lines}
        for line in one.plan.lines:
            lit = _lit(one, line)
            shows = f"{lit.legend} {lit.value}".strip() or language.say("sign_plan.nothing")
            until = language.hour(line.valid_until, city.zone) if line.valid_until else "—"
            legend = f"{line.number} {printed[line.number]}"
            table.add_row(*map(escape, (one.sign.id, legend, shows, _why(language, one, line), until)))
    table.caption = language.say("sign_plan.at", time=language.moment(city.now, city.zone))
    return table


def _why(language: Language, one: PlannedSign, line: LinePlan) -> str:
    if one.override is not None:
        return language.say("sign_plan.ordered", author=one.override.author, reason=language.word(one.override.reason))
    if line.because is not None:
        return language.word(line.because)
    words = [language.word(line.state)] + ([language.say("sign_plan.held")] if line.held else [])
    return ", ".join(words)
