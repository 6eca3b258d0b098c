"""The frame of every page of the desk: title, ways to the others, the city's time, who is there, which language."""

from collections.abc import Mapping
from html import escape
from typing import NamedTuple
from urllib.parse import quote

from gateways.words.city_clock import CityClock
from gateways.words.language import CODES, Language, get_language
from parking.desk.operators import Operator
from parking.printable import visible

WAYS: Mapping[str, str] = {
    "overview": "/",
    "places": "/places",
    "signs": "/signs",
    "rejects": "/rejects",
    "round": "/round",
    "audit": "/audit",
    "past": "/past",
    "report": "/report",
}
"""The pages by name, and where they are."""


KEYS: Mapping[str, tuple[str, ...]] = {"help": ("?",), "next": ("a",), "places": ("/", "g p")}
"""The keys that do something, by what they do."""


class DeskReader(NamedTuple):
    """Who reads a page, in which language, and by which clock."""

    operator: Operator
    language: Language
    clock: CityClock


def place_path(place_id: str) -> str:
    """An id as a part of an address: whatever is in it, it leads to no other place."""
    return quote(place_id, safe="")


def text(words: object) -> str:
    """What others wrote does nothing here, and what cannot be seen is shown."""
    return escape(visible(str(words)))


def render_frame(
    reader: DeskReader, name: str, title: str, body: str, *, path: str = "/", is_made_up: bool = False
) -> bytes:
    """The whole page. ``name`` is the way that it is on, ``path`` its own address without a query."""
    say, now = reader.language.say, text(reader.language.say("desk.link.static"))
    ways = "".join(
        f'<a href="{where}"{_here(way == name)}>{text(say(f"desk_way.{way}"))}</a>' for way, where in WAYS.items()
    )
    codes = "".join(_language(code, reader.language, path) for code in CODES)
    made_up = f'<p class="notice made-up">{text(say("desk.made_up"))}</p>' if is_made_up else ""
    return f"""<!doctype html>
<html lang="{reader.language.code}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="description" content="{text(say("desk.about"))}">
<title>{text(title)} · {text(say("desk.title", city=reader.clock.city))}</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/static/desk.css">
<script type="module" src="/static/desk.js"></script>
</head>
<body data-way="{name}" data-zone="{text(reader.clock.zone.key)}">
<a class="skip" href="#main">{text(say("desk.skip"))}</a>
<header>
<div class="bar">
<p class="brand">{text(say("desk.title", city=reader.clock.city))}</p>
<nav class="ways" aria-label="{text(say("desk.ways"))}">{ways}</nav>
<nav class="languages" aria-label="Langue / Language">{codes}</nav>
<p class="who"><span class="lamp" id="lamp" aria-hidden="true"></span><span id="link">{now}</span>
<span id="time">–</span> <span>{text(reader.operator.name)}</span>
<button type="button" id="logout" hidden>{text(say("desk.logout"))}</button></p>
</div>
<p class="notice lost" id="lost" role="alert" hidden>{text(say("desk.link.lost"))}</p>
{made_up}
</header>
<main id="main" tabindex="-1">
<h1>{text(title)}</h1>
{body}
</main>
<footer>
{_keys(reader.language)}
<div id="said" role="status" aria-live="polite"></div>
</footer>
<template id="words" data-live="{text(say("desk.link.live"))}" data-static="{now}"
 data-done="{text(say("desk.done"))}" data-failed="{text(say("desk.failed", why="{why}"))}"
 data-overtaken="{text(say("desk.overtaken", who="{who}", what="{what}"))}" data-gone="{text(say("desk.gone"))}"
 data-notime="{text(say("desk.no_time", zone="{zone}"))}"
 data-changed="{text(say("desk.changed"))}" data-editing="{text(say("desk.editing", who="{who}"))}"></template>
</body>
</html>
""".encode()


def _keys(language: Language) -> str:
    """The keys that do something: a button that shows them, and the dialog, in which they can be put out."""
    say = language.say
    rows = "".join(
        f"<dt>{''.join(f'<kbd>{key}</kbd> ' for key in keys)}</dt><dd>{text(say(f'desk_keys.{name}'))}</dd>"
        for name, keys in KEYS.items()
    )
    named = f"{text(say('desk_keys.title'))} (?)"
    opener = f'<button type="button" id="keys-open" aria-keyshortcuts="?" hidden>{named}</button>'
    return f"""{opener}
<dialog id="keys" aria-labelledby="keys-title"><h2 id="keys-title">{text(say("desk_keys.title"))}</h2>
<dl class="facts">{rows}</dl>
<label><input type="checkbox" id="keys-on" checked> {text(say("desk_keys.on"))}</label>
<form method="dialog"><button>{text(say("desk_keys.close"))}</button></form></dialog>"""


def _here(is_here: bool) -> str:
    return ' aria-current="page"' if is_here else ""


def _language(code: str, now: Language, path: str) -> str:
    current = ' aria-current="true"' if code == now.code else ""
    label = f'aria-label="{get_language(code).name} ({code.upper()})"'
    return f'<a href="{escape(path)}?lang={code}" lang="{code}" {label}{current}>{code.upper()}</a>'
