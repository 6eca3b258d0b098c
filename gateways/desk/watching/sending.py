"""Words sent out of the house: by e-mail, webhook, SMS or chat, to whatever Apprise knows.

What is sent is plain text, and what others wrote in it (a place's name) does nothing where it is read: it steers no
terminal, ends no header, calls nobody by ``@``, and is neither markup nor a link.
"""

import asyncio
import logging
from enum import StrEnum
from typing import NamedTuple
from urllib.parse import urlsplit

import apprise

from parking.printable import visible

log = logging.getLogger(__name__)
SERVICE_TIMEOUT_S = 10.0
CALL_TIMEOUT_S = 20.0
_MAX_TITLE = 120
_MAX_TEXT = 2_000
_UNSURE = ("timed out", "remotedisconnected", "connection aborted", "connection reset", "unexpectedly closed")
"""In an error's text: the other side may have taken it all the same."""

_INERT = str.maketrans({"@": "＠", "<": "‹", ">": "›", "`": "'", "*": "∗", "_": "\u02cd", "[": "(", "]": ")", "#": "♯",
                        "|": "/", "~": "-", "&": "+"})  # fmt: skip


class Delivery(StrEnum):
    """What came of sending. ``UNSURE``: no answer that tells, so that sending again might be a second time."""

    SENT = "sent"
    REFUSED = "refused"
    UNSURE = "unsure"


class SendResult(NamedTuple):
    """What came of it, and why it did not go out, in words without a secret."""

    delivery: Delivery
    why: str = ""


def inert(text: str) -> str:
    """What others wrote, as it may stand in a message: readable, and nothing to whatever shows it."""
    return visible(text).translate(_INERT).replace("://", ": //").replace("www.", "www ")


def is_address(url: str) -> bool:
    """Whether Apprise knows how to send there; nothing is sent, and nothing is logged."""
    return _read(url) is not None


def kind_of(url: str) -> str:
    """Its scheme: all of an address that may be shown."""
    return urlsplit(url).scheme[:20] or "?"


class AppriseSender:
    """Sends to one address. Apprise blocks, so it works in threads of its own.

    What it logs holds addresses, and with them keys: nobody hears it but we, to know what came of sending.
    """

    def __init__(self) -> None:
        logger = logging.getLogger("apprise")
        logger.setLevel(logging.DEBUG)
        logger.propagate = False

    async def __call__(self, url: str, title: str, text: str) -> SendResult:
        """What came of sending it there; never raises, but for being cancelled."""
        if (service := _read(url)) is None:
            return SendResult(Delivery.REFUSED, f"{kind_of(url)} is no kind of address that is known")
        return await asyncio.to_thread(_send, service, title[:_MAX_TITLE], text[:_MAX_TEXT])


def _read(url: str) -> "apprise.Apprise | None":
    asset = apprise.AppriseAsset(
        app_id="placelibre", app_desc="placelibre", app_url="", service_timeout=SERVICE_TIMEOUT_S, secure_logging=True
    )
    service = apprise.Apprise(asset=asset)
    try:
        return service if service.add(url) and len(service) == 1 else None
    except Exception:  # whatever a plug-in makes of an address that somebody typed
        log.warning("an address of kind %s cannot be read", kind_of(url))
        return None


def _send(service: "apprise.Apprise", title: str, text: str) -> SendResult:
    said: list[str] = []
    try:
        result = service.notify(
            body=text,
            title=title,
            body_format=apprise.NotifyFormat.TEXT,
            interpret_escapes=False,
            timeout=CALL_TIMEOUT_S,
            log_callback=lambda entry, _: said.append(str(entry.message)),
            log_level=logging.DEBUG,
        )
    except Exception as error:
        return SendResult(Delivery.UNSURE, type(error).__name__)
    if result:
        return SendResult(Delivery.SENT)
    everything = " ".join(said).lower()
    if result.status is apprise.AppriseResultStatus.TIMEOUT or any(word in everything for word in _UNSURE):
        return SendResult(Delivery.UNSURE, "the other side gave no answer in time: whether it arrived is not known")
    return SendResult(Delivery.REFUSED, "the other side could not be reached, or refused it")
