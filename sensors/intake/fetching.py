"""Asking a live feed for what is new: page by page, with ETag and Last-Modified, within bounds of size and time."""

import asyncio
import hashlib
import logging
import random
import zlib
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import parsedate_to_datetime

import httpx

from parking.delays import delays
from sensors.intake.access import NO_ACCESS, Access, is_same_server, shown
from sensors.intake.paging import Pager, TornError

log = logging.getLogger(__name__)

MAX_PAGES = 100
MAX_POLLED_BYTES = 32 * 1024 * 1024
MAX_REDIRECTS = 5
PAGE_WITHIN_S = 60.0
FEED_PAUSES_S = (2.0, 300.0)
LONGEST_RETRY_AFTER_S = 3600.0
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_GONE_FOR_GOOD = frozenset({301, 308})
_TOTALS = ("NGSILD-Results-Count", "Fiware-Total-Count")
_GZIP = b"\x1f\x8b"


@dataclass
class PageState:
    """What is remembered of one page: its validators, the digest of its body, and the address of the page after it."""

    validators: dict[str, str] = field(default_factory=dict)
    digest: str = ""
    following: str | None = None


@dataclass
class FeedState:
    """What is remembered of one feed between polls: its pages by address, how long to wait, and what was said once."""

    url: str
    pager: Pager
    access: Access = NO_ACCESS
    pages: dict[str, PageState] = field(default_factory=dict)
    pauses: Iterator[float] = field(default_factory=lambda: delays(*FEED_PAUSES_S, random.random))
    told: set[str] = field(default_factory=set)

    @property
    def name(self) -> str:
        """Its address without what may be a key."""
        return shown(self.url)

    def forget(self) -> None:
        """Ask for all of it in full the next time."""
        self.pages.clear()

    def tell_once(self, sentence: str) -> None:
        """Say something that stays true from poll to poll."""
        if sentence not in self.told:
            self.told.add(sentence)
            log.warning("%s: %s", self.name, sentence, extra={"kind": f"{self.name}: {sentence}"})


@dataclass(frozen=True)
class Polled:
    """One poll of one feed: its new bodies, whether it answered at all, and how long the server asks us to wait."""

    bodies: tuple[bytes, ...] = ()
    unchanged: bool = False
    error: str | None = None
    retry_after_s: float | None = None


class NoBodyError(Exception):
    """What a feed answered is nothing to read; the message says what it was, and holds no key."""


class _BusyError(NoBodyError):
    def __init__(self, response: httpx.Response) -> None:
        self.response = response
        super().__init__(f"HTTP {response.status_code} from {shown(response.url)}{_WHY.get(response.status_code, '')}")


_WHY = {
    401: ": it wants a key or a password (setting poll_secrets)",
    403: ": it wants a key or a password, or refuses this address (setting poll_secrets)",
}


async def fetch(client: httpx.AsyncClient, feed: FeedState, now: datetime) -> Polled:
    """Fetch what is new of a feed, page by page. Never raises for what a server or a network can do."""
    bodies: list[bytes] = []
    try:
        async for body in _pages(client, feed):
            bodies.append(body)  # noqa: PERF401 (those before a failure are kept)
    except _BusyError as busy:
        return Polled(tuple(bodies), error=str(busy), retry_after_s=_retry_after(busy.response, now))
    except NoBodyError as error:
        return Polled(tuple(bodies), error=str(error))
    except TimeoutError:
        return Polled(tuple(bodies), error=f"a page took longer than {PAGE_WITHIN_S:g} s")
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
        said = str(error) if isinstance(error, httpx.TransportError) else ""  # others may repeat an address
        return Polled(tuple(bodies), error=f"{type(error).__name__}: {said}".removesuffix(": "))
    return Polled(tuple(bodies), unchanged=not bodies)


async def _pages(client: httpx.AsyncClient, feed: FeedState) -> AsyncIterator[bytes]:
    """Bodies that differ from those of the last poll. A page's validators are kept only once it was read whole."""
    address: str | None = feed.pager.first(feed.url)
    seen: set[str] = set()
    while address is not None:
        if address in seen or len(seen) == MAX_PAGES:
            feed.tell_once(f"pages after {len(seen)} lead back, or are more than {MAX_PAGES}: the rest is not read")
            break
        seen.add(address)
        page = feed.pages.get(address, PageState())
        async with asyncio.timeout(PAGE_WITHIN_S):
            answer = await _ask(client, feed, address, page)
        if answer is None:
            address = page.following
            continue
        body, headers, link, total = answer
        digest, before = hashlib.blake2b(body).hexdigest(), page.digest
        feed.pages.pop(address, None)
        try:
            following = feed.pager.following(address, body, link, total)
        except TornError:
            yield body
            raise NoBodyError(f"page {len(seen)} is incomplete") from None
        except httpx.InvalidURL:
            yield body
            raise NoBodyError(f"page {len(seen)} names a next one that is no address") from None
        if following is not None and not _may_go(feed, following):
            following = None
        feed.pages[address] = PageState(headers, digest, following)
        if digest != before:
            yield body
        address = following
    for known in feed.pages.keys() - seen:
        del feed.pages[known]


def _may_go(feed: FeedState, following: str) -> bool:
    """A page that lies on another server is not asked: the feed's own says where, and might say anything."""
    if is_same_server(httpx.URL(feed.url), httpx.URL(following)):
        return True
    feed.tell_once(f"its next page is on another server ({shown(following)}), which is not asked: name it with --url")
    return False


async def _ask(
    client: httpx.AsyncClient, feed: FeedState, address: str, page: PageState
) -> tuple[bytes, dict[str, str], str | None, int | None] | None:
    """The body of a page, its validators, the next page and the number of all records that its headers name.

    None where it has nothing new.
    """
    own = url = feed.access.on(address)
    for _ in range(MAX_REDIRECTS + 1):
        known = is_same_server(own, url)
        headers = {**(feed.access.headers if known else {}), **page.validators}
        auth = feed.access.basic if known and feed.access.basic else httpx.USE_CLIENT_DEFAULT
        async with client.stream("GET", url, headers=headers, auth=auth, follow_redirects=False) as response:
            if response.status_code in _REDIRECTS and (target := response.headers.get("Location")):
                url = _redirected(feed, url, target, response.status_code)
                continue
            if response.status_code == httpx.codes.NOT_MODIFIED:
                return None
            if response.status_code == httpx.codes.NO_CONTENT:
                feed.tell_once("it has nothing to say (204)")
                return None
            if response.status_code != httpx.codes.OK:
                raise _BusyError(response)
            body = await _read(response)
            _refuse_a_page_for_people(response, body)
            named = response.links.get("next", {}).get("url")
            return body, _validators(response), named, _total(response)
    raise NoBodyError(f"more than {MAX_REDIRECTS} redirects")


def _redirected(feed: FeedState, url: httpx.URL, target: str, status: int) -> httpx.URL:
    to = url.join(target)
    if to.scheme not in ("http", "https") or (url.scheme == "https" and to.scheme == "http"):
        raise NoBodyError(f"it redirects to {shown(to)}, which is not asked: the way there is not encrypted")
    what = "has moved for good: poll its new address with --url" if status in _GONE_FOR_GOOD else "redirects"
    feed.tell_once(f"{what} (HTTP {status} to {shown(to)})")
    return to


def _validators(response: httpx.Response) -> dict[str, str]:
    pairs = (("If-None-Match", "ETag"), ("If-Modified-Since", "Last-Modified"))
    return {asked: value for asked, said in pairs if (value := response.headers.get(said))}


def _total(response: httpx.Response) -> int | None:
    """How many records all pages have, as brokers of NGSI say it; None where no header does."""
    stated = next((value for name in _TOTALS if (value := response.headers.get(name))), "")
    return int(stated) if stated.isascii() and stated.isdecimal() and len(stated) < 10 else None


async def _read(response: httpx.Response) -> bytes:
    """The body, unpacked where it is gzip by itself. Raises NoBodyError where it is too large, empty or torn."""
    parts, size = [], 0
    async for part in response.aiter_bytes():
        size += len(part)
        if size > MAX_POLLED_BYTES:
            raise NoBodyError(f"the body is larger than {MAX_POLLED_BYTES} bytes")
        parts.append(part)
    body = b"".join(parts)
    return unpacked(body) if body.startswith(_GZIP) else body


def unpacked(body: bytes) -> bytes:
    """What a gzip file holds. Raises NoBodyError."""
    unpacker = zlib.decompressobj(wbits=16 + zlib.MAX_WBITS)
    try:
        plain = unpacker.decompress(body, MAX_POLLED_BYTES)
    except zlib.error as error:
        raise NoBodyError(f"the body begins as gzip and is none: {error}") from None
    if unpacker.unconsumed_tail:
        raise NoBodyError(f"the body is larger than {MAX_POLLED_BYTES} bytes once unpacked")
    if not unpacker.eof:
        raise NoBodyError("the body is gzip that is cut off")
    return plain


def _refuse_a_page_for_people(response: httpx.Response, body: bytes) -> None:
    """An error page, a login or an empty answer with status 200 says nothing of any car park."""
    start = body.removeprefix(b"\xef\xbb\xbf").lstrip()[:200].lower()
    if not start:
        raise NoBodyError("the body is empty: HTTP 200 and nothing in it")
    if start.startswith((b"<!doctype html", b"<html")):
        raise NoBodyError(f"a page for people (HTML), not data, from {shown(response.url)}: an error or a login?")


def _retry_after(response: httpx.Response, now: datetime) -> float | None:
    """Seconds from a Retry-After header, which holds seconds or a date; None where it holds neither."""
    value = response.headers.get("Retry-After", "").strip()
    try:
        return float(value) if value.isdecimal() else (parsedate_to_datetime(value) - now).total_seconds()
    except (ValueError, TypeError, OverflowError):
        return None


def pause_after(polled: Polled, feed: FeedState, every_s: float) -> float:
    """How long to wait before the next poll: the usual pace, or ever longer after failures, or what the server asks."""
    if polled.error is None:
        feed.pauses = delays(*FEED_PAUSES_S, random.random)
        return every_s
    pause = next(feed.pauses)
    if polled.retry_after_s is None:
        return pause
    return min(max(polled.retry_after_s, pause if polled.retry_after_s <= 0 else 0), LONGEST_RETRY_AFTER_S)
