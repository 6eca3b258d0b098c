"""VmsPublication: what each sign shows, since when and why, and what is the matter with it. Pure.

Only what a sign itself said that it shows is published as shown. What nobody knows is left out, with the fault that
says why: no line is ever published from what a sign was merely told. The message of a sign of protocol ``datex``, which
others display, is published as not exactly what stands there.
"""

from collections.abc import Mapping
from datetime import datetime
from xml.etree.ElementTree import Element

from gateways.signs.datex.elements import Publisher, add, add_texts, finish, start_payload
from gateways.signs.datex.table import PublishedSigns
from parking.signs.model import Sign
from parking.signs.status import LineStatus, SignState, SignStatus, is_current
from parking.signs.words import SignMode, SignProtocol

_REASONS = {
    "incident": ("incident", "incident"),
    "event": ("événement", "event"),
    "works": ("travaux", "works"),
    "situation": ("situation", "situation"),
    "counter_fault": ("panne de comptage", "counter fault"),
    "testing": ("essai", "testing"),
    "maintenance": ("entretien", "maintenance"),
}
_WORKING = {
    SignState.SHOWING: "working",
    SignState.DARK: "blank",
    SignState.TAKEN: "working",
    SignState.WRONG: "working",
    SignState.NOT_VISIBLE: "notWorking",
}


def render_status(
    published: PublishedSigns, statuses: Mapping[str, SignStatus], publisher: Publisher, now: datetime
) -> bytes | None:
    """The document, ``statuses`` by the sign's id; None where there is no sign. ``now`` is the wall's time."""
    if not published.signs:
        return None
    root = start_payload("VmsPublication", publisher, now, published.information)
    for sign in published.signs:
        status = statuses.get(sign.id)
        element = add(root, "vms:vmsControllerStatus")
        for tag, name in (("VmsControllerTable", published.table), ("VmsController", sign.id)):
            attributes = {"targetClass": f"vms:{tag}", "id": name, "version": published.version}
            add(element, f"vms:{tag[0].lower()}{tag[1:]}Reference", None, attributes)
        if status is not None:
            _add_status(element, sign, status, is_old=not is_current(status, now))
    return finish(root)


def _add_status(element: Element, sign: Sign, status: SignStatus, is_old: bool) -> None:
    add(element, "vms:statusUpdateTime", status.at)
    if is_old or status.state is SignState.STARTING:
        return
    vms = add(add(element, "vms:vmsStatus", None, {"vmsIndex": "1"}), "vms:vmsStatus")
    add(vms, "vms:statusUpdateTime", status.shown.at if status.shown else status.at)
    working = _find_working(status)
    if working is not None:
        add(vms, "vms:workingStatus", working)
    if _is_blank(status) or _list_lines(status):
        indexed = add(vms, "vms:vmsMessage", None, {"messageIndex": "1"})
        _add_message(add(indexed, "vms:vmsMessage"), sign, status)
    for fault in _list_faults(sign, status):
        add_fault = add(vms, "vms:vmsFault")
        add(add_fault, "com:faultLastUpdateTime", status.at)
        add(add_fault, "vms:vmsFault", fault)
    if status.state is SignState.SILENT:
        broken = add(element, "vms:vmsControllerFault")
        add(broken, "com:faultCreationTime", status.since)
        add(broken, "com:faultLastUpdateTime", status.at)
        add(broken, "vms:vmsControllerFault", "communicationsFailure")


def _find_working(status: SignStatus) -> str | None:
    if status.state in (SignState.TAKEN, SignState.WRONG) and status.shown is not None and status.shown.is_blank:
        return "blank"
    return _WORKING.get(status.state)


def _is_blank(status: SignStatus) -> bool:
    """Whether the sign itself says that it is dark."""
    if status.state in (SignState.SILENT, SignState.NOT_VISIBLE) or status.shown is None:
        return False
    return status.shown.is_blank


def _list_lines(status: SignStatus) -> list[LineStatus]:
    """The lit lines, where what it shows was read and is what it was told; else none."""
    if status.state is not SignState.SHOWING or status.shown is None or not status.shown.matches:
        return []
    return [line for line in status.lines if line.legend or line.value]


def _add_message(message: Element, sign: Sign, status: SignStatus) -> None:
    override, lines = status.override, _list_lines(status)
    is_ours = status.state in (SignState.SHOWING, SignState.DARK)
    if is_ours:
        add(message, "vms:setBySystem", override is None)
    if override is not None and is_ours:
        french, english = _REASONS.get(override.reason, (override.reason, override.reason))
        add_texts(message, "vms:reasonForSetting", {"fr": french, "en": english})
        add(message, "vms:codedReasonForSetting", "operatorCreated")
    elif is_ours:
        add(message, "vms:codedReasonForSetting", "trafficManagement")
    since = max((line.since for line in status.lines if line.since and is_ours), default=status.since)
    add(message, "vms:timeLastSet", since)
    indexed = add(message, "vms:displayAreaSettings", None, {"displayAreaIndex": "1"})
    settings = add(indexed, "vms:displayAreaSettings", None, {"xsi:type": "vms:TextDisplay"})
    add(settings, "vms:isBlank", not lines)
    for line in lines:
        text = add(add(settings, "vms:textLine", None, {"lineIndex": str(line.number)}), "vms:textLine")
        add(text, "vms:textLine", " ".join(part for part in (line.legend, line.value) if part))
        add(text, "vms:isExactTextOnSign", sign.protocol is not SignProtocol.DATEX)


def _list_faults(sign: Sign, status: SignStatus) -> list[str]:
    faults = []
    if status.state is SignState.WRONG:
        should_be_dark = not any(line.legend or line.value for line in status.lines)
        faults.append("unableToClearDown" if should_be_dark else "incorrectMessageDisplayed")
    if status.state is SignState.NOT_VISIBLE or sign.mode is SignMode.OUT_OF_SERVICE:
        faults.append("outOfService")
    return faults
