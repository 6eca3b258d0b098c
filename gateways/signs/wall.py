"""The wall of faces as a page: every sign as a driver sees it, in words beside it. Pure, and whole without a script."""

from collections.abc import Iterator
from datetime import datetime
from hashlib import blake2b
from html import escape
from urllib.parse import urlencode

import msgspec

from gateways.signs.board import Glance, find_commanded, find_shown, is_other
from gateways.signs.desk import CityNow
from gateways.signs.pictures import tell
from gateways.words.language import CODES, Language, get_language
from parking.printable import visible
from parking.signs.model import Sign
from parking.signs.status import Alarm, LineStatus, SignStatus
from parking.signs.words import OrderReason, SignMode

_CALM = ("showing", "dark")


def render_wall(look: Glance, language: Language) -> bytes:
    """The page at that moment; it changes when what is known does, and not with the clock."""
    say, city = language.say, look.city
    located = city.located.get(language.code) or get_language(language.code).say("page.located", city=city.name)
    title = _text(say("wall.title", located=located))
    signs = "".join(_sign(one, look, language) for one in look.signs) or f"<p>{_text(say('wall.none'))}</p>"
    alarmed = sum(bool(status.alarms) for status in look.statuses.values())
    counts = [say("wall.count", count=len(look.signs))]
    counts += [say("wall.alarmed", count=alarmed)] if alarmed else []
    notices = [("lost", "trouble")] if look.trouble else []
    notices += [("simulated", "simulated")] if city.is_made_up else []
    links = "".join(_language(code, language) for code in CODES)
    return f"""<!doctype html>
<html lang="{language.code}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{title}</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="static/wall.css">
<script type="module" src="static/wall.js"></script>
<noscript><meta http-equiv="refresh" content="30"></noscript>
</head>
<body>
<a class="skip" href="#signs">{_text(say("wall.skip"))}</a>
<header>
<h1>{title}</h1>
<p>{_text(say("wall.lead"))} <span id="counts">{_text(" · ".join(counts))}</span></p>
<p id="live" hidden><span class="lamp" aria-hidden="true"></span> {_text(say("wall.live"))}</p>
<nav aria-label="{_text(say("wall.languages"))}">{links}</nav>
</header>
<p class="notice lost" id="lost" role="alert" hidden>{_text(say("wall.lost"))}</p>
<div id="notices">{"".join(f'<p class="notice {kind}">{_text(say(f"wall.{key}"))}</p>' for kind, key in notices)}</div>
<main id="signs" tabindex="-1">{signs}</main>
<footer><p>{_text(say("wall.footer"))}</p></footer>
</body>
</html>
""".encode()


def _text(text: str) -> str:
    """What others wrote does nothing here, and what cannot be seen is shown."""
    return escape(visible(text))


def _language(code: str, now: Language) -> str:
    current = ' aria-current="true"' if code == now.code else ""
    name = get_language(code).name
    return f'<a href="?lang={code}" lang="{code}" aria-label="{name} ({code.upper()})"{current}>{code.upper()}</a>'


def _sign(sign: Sign, look: Glance, language: Language) -> str:
    """An article; its version says whether anything about it has changed."""
    status = look.statuses.get(sign.id)
    inside = "".join(_parts(sign, status, look.city, language))
    version = blake2b(inside.encode(), digest_size=8).hexdigest()
    state = status.state.value if status else "not_known"
    kind = "calm" if state in _CALM and not (status and status.alarms) else "alarm"
    return (
        f'<article id="sign-{sign.id}" class="{kind}" data-state="{state}" data-version="{version}" '
        f'aria-labelledby="name-{sign.id}">{inside}</article>\n'
    )


def _parts(sign: Sign, status: SignStatus | None, city: CityNow, language: Language) -> Iterator[str]:
    say = language.say
    about = [sign.road or "", "" if sign.mode is SignMode.IN_SERVICE else language.word(sign.mode)]
    about += [say("wall.software")] if sign.is_software else []
    yield f'<h2 id="name-{sign.id}">{_text(sign.name)}</h2>'
    yield f'<p class="about">{_text(" · ".join(filter(None, about)))}</p>'
    yield from _faces(sign, status, language)
    if status is None:
        yield f'<p class="state">{_mark("not_known")}{_text(say("wall.not_known"))}</p>'
        yield f"<p>{_text(say('wall.not_known_why'))}</p>"
        return
    since = say("wall.since", time=_moment(status.since, city, language))
    yield f'<p class="state">{_mark(status.state.value)}{_text(language.word(status.state))}, {_text(since)}</p>'
    if status.alarms:
        yield f'<ul class="alarms">{"".join(_alarm(one, city, language) for one in status.alarms)}</ul>'
    if order := status.override:
        reason = language.word(OrderReason(order.reason)) if order.reason in list(OrderReason) else order.reason
        until = _moment(order.expires_at, city, language)
        yield f'<p class="order">{_text(say("wall.override", time=until, reason=reason))}</p>'
    if dark := "".join(f"<li>{_text(line)}</li>" for line in _dark_lines(sign, status, language)):
        yield f'<ul class="lines">{dark}</ul>'
    yield f'<p class="end">{_text(_end(status, city, language))}</p>'
    read = say("wall.last_read", time=_clock(status.shown.at, city, language)) if status.shown else None
    yield f'<p class="read">{_text(read or say("wall.never_read"))}</p>'


def _faces(sign: Sign, status: SignStatus | None, language: Language) -> Iterator[str]:
    """What is shown; and beside it what was commanded, where that is another."""
    if status is None or not is_other(status):
        yield _figure("shown", sign, status, language, "")
        return
    yield f'<p class="differs">{_text(language.say("wall.differs"))}</p><div class="both">'
    yield _figure("shown", sign, status, language, language.say("wall.shown"))
    yield _figure("commanded", sign, status, language, language.say("wall.commanded"))
    yield "</div>"


def _figure(of: str, sign: Sign, status: SignStatus | None, language: Language, caption: str) -> str:
    face = find_shown(sign, status) if of == "shown" else find_commanded(sign, status)
    stuck = status.health.stuck if status and status.health and of == "shown" else ()
    seen = blake2b(msgspec.json.encode((msgspec.to_builtins(face), stuck)), digest_size=8).hexdigest()
    alt = tell(language, sign, face) if face is not None else language.say("wall.not_known")
    image = (
        f'<img src="v1/signs/{sign.id}/face.svg?{escape(urlencode({"of": of, "v": seen}))}" alt="{_text(alt)}" '
        'width="480" height="160" loading="lazy">'
    )
    words = f"<figcaption>{_text(caption)}</figcaption>" if caption else ""
    return f'<figure class="{of}">{image}{words}</figure>'


def _mark(state: str) -> str:
    shape = "■" if state == "showing" else "□" if state == "dark" else "?" if state == "not_known" else "▲"
    return f'<span class="mark" aria-hidden="true">{shape}</span> '


def _alarm(alarm: Alarm, city: CityNow, language: Language) -> str:
    since = language.say("wall.since", time=_moment(alarm.since, city, language))
    detail = f' <span lang="en">{_text(alarm.detail)}</span>' if alarm.detail else ""
    return f"<li><strong>{_text(language.word(alarm.kind))}</strong>, {_text(since)}.{detail}</li>"


def _dark_lines(sign: Sign, status: SignStatus, language: Language) -> Iterator[str]:
    """Why a line is dark, and which is about to change."""
    legends = {line.number: line.legend for line in sign.lines}
    for line in status.lines:
        name = legends.get(line.number) or language.say("wall.line", number=line.number)
        for said in _of_line(line, language):
            yield f"{name} : {said}" if language.code != "en" else f"{name}: {said}"


def _of_line(line: LineStatus, language: Language) -> Iterator[str]:
    if line.because is not None:
        yield language.say("wall.dark_line", why=language.word(line.because))
    if line.held:
        yield language.say("wall.held")


def _end(status: SignStatus, city: CityNow, language: Language) -> str:
    """How it goes dark when nobody speaks to it any more."""
    if status.fail_safe_s is None:
        return language.say("wall.no_fail_safe")
    if status.dark_at is not None and status.state.value != "dark":
        return language.say("wall.dark_at", time=_moment(status.dark_at, city, language))
    minutes = max(1, round(status.fail_safe_s / 60))
    return language.say("wall.dark_within", span=f"{minutes}\u00a0min")


def _clock(instant: datetime, city: CityNow, language: Language) -> str:
    return f"{instant.astimezone(city.zone):%H:%M:%S}"


def _moment(instant: datetime, city: CityNow, language: Language) -> str:
    """The time of day, with the day where it is another."""
    is_today = instant.astimezone(city.zone).date() == city.now.astimezone(city.zone).date()
    return language.hour(instant, city.zone) if is_today else language.moment(instant, city.zone)
