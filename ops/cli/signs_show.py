"""``placelibre signs show`` and ``signs preview``: what signs show, and what they would."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from gateways.signs.at_redis import SignsInRedis
from gateways.signs.board import Glance, find_commanded, find_shown, glance_at, is_other
from gateways.signs.documents import sign_document
from gateways.signs.pictures import png_of, svg_of, tell
from gateways.signs.preview import preview_face, read_lines
from gateways.signs.reading import limits_of
from gateways.signs.wall_picture import draw_wall
from gateways.words.language import Language
from ops.cities import find_city
from ops.console import AsJson, TenantOption, live_state, out, print_json, run, settings_of
from ops.ordering import NoSuchSignError
from ops.settings import Settings
from parking.signs.model import Sign

SignOption = Annotated[str | None, typer.Argument(metavar="[SIGN]", help="one sign alone", show_default=False)]
Picture = Annotated[
    Path | None, typer.Option("--picture", metavar="FILE", help="draw it as a driver sees it, into a .png")
]


def show(
    context: typer.Context,
    sign: SignOption = None,
    picture: Picture = None,
    tenant: TenantOption = None,
    as_json: AsJson = False,
) -> None:
    """Show what every sign shows now, by its own word, and what is the matter; what is a minute old is not known.

    [bold]Examples[/bold]: placelibre signs show · placelibre signs show A12 --json ·
    placelibre signs show --picture wall.png
    """
    settings = settings_of(context)
    glance = _only(run(_glance(settings, run(find_city(settings, tenant)))), sign)
    if picture is not None:
        picture.write_bytes(draw_wall(glance, settings.language))
    if as_json:
        documents = [sign_document(one, glance.statuses.get(one.id)) for one in glance.signs]
        print_json({"signs": documents} if sign is None else documents[0])
        return
    out.print(_table(glance, settings.language))


def preview(
    context: typer.Context,
    sign: Annotated[str, typer.Argument(metavar="SIGN", help="the sign's id", show_default=False)],
    picture: Annotated[Path, typer.Option("--picture", metavar="FILE", help="where to draw it: .png or .svg")],
    line: Annotated[
        list[str] | None, typer.Option(metavar="N=MESSAGE", help="what a line is to show, like 1=closed; others: dark")
    ] = None,
    test_pattern: Annotated[bool, typer.Option("--test-pattern", help="light every pixel instead")] = False,
    tenant: TenantOption = None,
) -> None:
    """Draw what an override would look like, and say it; nothing is ordered.

    [bold]Example[/bold]: placelibre signs preview A12 --line 1=closed --picture a12.png
    """
    settings = settings_of(context)
    glance = _only(run(_glance(settings, run(find_city(settings, tenant)))), sign)
    found, city = glance.signs[0], glance.city
    limits = limits_of(glance, found)
    face = preview_face(found, limits, read_lines(line or []), test=test_pattern, now=city.now, zone=city.zone)
    drawn = svg_of(found, limits, face).encode() if picture.suffix == ".svg" else png_of(found, limits, face)
    picture.write_bytes(drawn)
    out.print(escape(tell(settings.language, found, face)), highlight=False)


async def _glance(settings: Settings, tenant: str) -> Glance:
    async with live_state(settings) as client:
        port = SignsInRedis(client, tenant)
        return glance_at(await port.city(), await port.signs(), await port.statuses(), datetime.now(UTC))


def _only(glance: Glance, name: str | None) -> Glance:
    if name is None:
        return glance
    found = tuple(one for one in glance.signs if one.id == name)
    if not found:
        known = ", ".join(one.id for one in glance.signs[:20]) or "none yet: placelibre signs import"
        raise NoSuchSignError(f"there is no sign {name!r:.80} in {glance.city.name} (known: {known})")
    return glance._replace(signs=found)


def _table(glance: Glance, language: Language) -> Table:
    table = Table("sign", "name", "state", "since", "shows", "alarms", "dark by itself")
    for sign in glance.signs:
        table.add_row(*map(escape, _row(sign, glance, language)))
    return table


def _row(sign: Sign, glance: Glance, language: Language) -> tuple[str, ...]:
    status = glance.statuses.get(sign.id)
    if status is None:
        return sign.id, sign.name, language.say("wall.not_known"), "—", "—", "—", "—"
    face, city = find_shown(sign, status), glance.city
    shows = tell(language, sign, face) if face is not None else language.say("wall.not_known")
    commanded = find_commanded(sign, status)
    if is_other(status) and commanded is not None:
        shows += f" {language.say('wall.commanded')}: {tell(language, sign, commanded)}"
    alarms = "; ".join(f"{language.word(alarm.kind)}: {alarm.detail}" for alarm in status.alarms)
    if status.fail_safe_s is None:
        end = language.say("wall.no_fail_safe")
    else:
        end = language.hour(status.dark_at, city.zone) if status.dark_at else "—"
    since = language.hour(status.since, city.zone)
    return sign.id, sign.name, language.word(status.state), since, shows, alarms or "—", end
