"""How a feed is cut into pages, by the name that a source gives its way (``SourceInfo.paging``). No IO.

A page is asked for by its whole address. What an address says by itself is kept: a page adds to it, and an ``offset``,
``limit`` or ``page`` that a person wrote there is where the feed begins.
"""

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Protocol

import httpx
import msgspec

from sensors.contract import Paging

_PAGE = 100
"""The most records that Opendatasoft gives at once."""

_NGSI_PAGE = 20
"""The entities of a page where nobody asks for another number."""

_LISTS = ("results", "records", "features", "items", "data", "value", "elements")


class TornError(Exception):
    """A page that is cut off: it is asked for again, whatever its ETag says."""


class Pager(Protocol):
    """One way of paging."""

    def first(self, url: str) -> str:
        """The address of the first page of the feed at ``url``."""

    def following(self, asked: str, body: bytes, link: str | None, total: int | None = None) -> str | None:
        """The page after ``asked``, from its body and the address in its Link header; None: it was the last.

        ``total`` is how many records a header says that all pages have. Raises TornError.
        """


class WholeBody:
    """A feed that answers with all it has. Whether the body can be read is its adapter's to say."""

    def first(self, url: str) -> str:
        """See Pager."""
        return url

    def following(self, asked: str, body: bytes, link: str | None, total: int | None = None) -> str | None:
        """See Pager."""
        return None


class NextLink(WholeBody):
    """A page that has a next one names it: in a Link header, or in the body as most interfaces of JSON do.

    Known are ``next`` and ``@odata.nextLink``, and in ``links``, ``_links``, ``meta`` or ``pagination`` a ``next`` or
    an item of the relation ``next`` (OGC API). A body that names none is whole, whatever its shape.
    """

    def following(self, asked: str, body: bytes, link: str | None, total: int | None = None) -> str | None:
        """See Pager."""
        named = link or next(_named_links(_json(body)), None)
        return None if named is None else str(httpx.URL(asked).join(named))


class NextId(NextLink):
    """ParkAPI: a page names its next one in ``next_path``, or the id that begins it, which is asked for as ``start``.

    A server that stands behind another one does not know the whole of its path: of ``next_path`` the query is taken,
    and the path only where it is none of ours. Whoever would ask for an ``offset`` gets the first page again.
    """

    def following(self, asked: str, body: bytes, link: str | None, total: int | None = None) -> str | None:
        """See Pager."""
        read = _json(body)
        path, start = (read.get("next_path"), read.get("next_id")) if isinstance(read, dict) else (None, None)
        if link is None and isinstance(path, str) and path.startswith(("/", "?", "http://", "https://")):
            whole, named = httpx.URL(asked), httpx.URL(path)
            if whole.path.endswith(named.path) and not named.host:
                return str(whole.copy_with(query=named.query))
            return str(whole.join(named))
        if link is None and isinstance(start, int | str) and not isinstance(start, bool) and str(start).strip():
            return _with(asked, start=start)
        return super().following(asked, body, link, total)


class CountedPages(NextLink):
    """NGSI: ``limit`` and ``offset``, and a header that says how many there are, where the address asks for that.

    Without the header a page that is full has a next one. Where the address has no limit a page is of 20, as both
    versions of NGSI have it. The server may give fewer than the limit that was asked for.
    """

    def following(self, asked: str, body: bytes, link: str | None, total: int | None = None) -> str | None:
        """See Pager."""
        given, offset = _count_records(body), _number(asked, "offset") or 0
        if body.lstrip()[:1] == b"[" and not _is_json(body):
            raise TornError
        if link is not None or not given:
            return super().following(asked, body, link)
        is_last = given < (_number(asked, "limit") or _NGSI_PAGE) if total is None else offset + given >= total
        return None if is_last else _with(asked, offset=offset + given)


class PageNumber(WholeBody):
    """``page=1``, ``page=2`` and so on, until a page has no records."""

    def first(self, url: str) -> str:
        """See Pager."""
        return url if "page" in httpx.URL(url).params else _with(url, page=1)

    def following(self, asked: str, body: bytes, link: str | None, total: int | None = None) -> str | None:
        """See Pager."""
        number = _number(asked, "page")
        return None if number is None or not _count_records(body) else _with(asked, page=number + 1)


class Opendatasoft(WholeBody):
    """Explore API v2.1: ``limit`` and ``offset``, and each page says the ``total_count`` of records.

    An export of the same portal, or a body that says no total, is whole.
    """

    def first(self, url: str) -> str:
        """See Pager."""
        stated = httpx.URL(url)
        if not stated.path.rstrip("/").endswith("/records"):
            return url
        return _with(
            url, **{name: str(v) for name, v in (("limit", _PAGE), ("offset", 0)) if name not in stated.params}
        )

    def following(self, asked: str, body: bytes, link: str | None, total: int | None = None) -> str | None:
        """See Pager."""
        try:
            total = msgspec.json.decode(body, type=_TotalCount).total_count
        except (msgspec.ValidationError, RecursionError):
            return None
        except msgspec.DecodeError as error:
            if body.lstrip()[:1] not in (b"{", b"["):
                return None
            raise TornError from error
        offset, given = _number(asked, "offset") or 0, _number(asked, "limit") or _count_records(body)
        if total is None or not given or offset + given >= total:
            return None
        return _with(asked, limit=given, offset=offset + given)


class _TotalCount(msgspec.Struct):
    total_count: int | None = None


PAGERS: Mapping[Paging, Pager] = MappingProxyType(
    {
        Paging.WHOLE_BODY: WholeBody(),
        Paging.NEXT_LINK: NextLink(),
        Paging.PAGE_NUMBER: PageNumber(),
        Paging.OPENDATASOFT: Opendatasoft(),
        Paging.NEXT_ID: NextId(),
        Paging.COUNTED: CountedPages(),
    }
)
"""A further way is a class here and a word in ``Paging``."""


def _with(url: str, **query: int | str) -> str:
    return str(httpx.URL(url).copy_merge_params(query))


def _number(url: str, name: str) -> int | None:
    value = httpx.URL(url).params.get(name, "")
    return int(value) if value.isascii() and value.isdecimal() and len(value) < 10 else None


def _json(body: bytes) -> object:
    """The body as JSON; None where it is none."""
    if body.lstrip()[:1] != b"{":
        return None
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def _is_json(body: bytes) -> bool:
    try:
        msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return False
    return True


def _named_links(body: object) -> Iterator[str]:
    if not isinstance(body, dict):
        return
    for holder in (body, *(body.get(name) for name in ("links", "_links", "meta", "pagination"))):
        if isinstance(holder, dict):
            yield from _addresses(holder.get("next"), holder.get("@odata.nextLink"))
        elif isinstance(holder, list):
            yield from _addresses(*(one for one in holder if isinstance(one, dict) and one.get("rel") == "next"))


def _addresses(*named: object) -> Iterator[str]:
    for one in named:
        address = one.get("href") if isinstance(one, dict) else one
        if isinstance(address, str) and (address.startswith(("http://", "https://", "/", "?"))):
            yield address


def _count_records(body: bytes) -> int:
    """How many records a page has; 0 where it is no JSON with a list in it."""
    try:
        read = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return 0
    if isinstance(read, dict):
        read = next((read[name] for name in _LISTS if isinstance(read.get(name), list)), None)
    return len(read) if isinstance(read, list) else 0
