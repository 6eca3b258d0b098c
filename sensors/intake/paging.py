"""How a feed is cut into pages, by the name that a source gives its way (``SourceInfo.paging``). No IO."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Protocol

import msgspec

from sensors.contract import Paging

_PAGE = 100
"""The most records that Opendatasoft gives at once."""


class Pager(Protocol):
    """One way of paging. Pages are numbered from 0."""

    def query(self, number: int) -> Mapping[str, int] | None:
        """What to ask for page ``number``, beside the feed's own address; None for nothing."""

    def count(self, body: bytes) -> int | None:
        """How many pages there are now, as a page says; None where the body is torn, so that it is asked for again."""


class WholeBody:
    """A feed that answers with all it has. Whether the body can be read is its adapter's to say."""

    def query(self, number: int) -> None:
        """See Pager."""

    def count(self, body: bytes) -> int:
        """See Pager."""
        return 1


class _TotalCount(msgspec.Struct):
    total_count: int = 0


class Opendatasoft:
    """Explore API v2.1: ``limit`` and ``offset``, and each page says the ``total_count`` of records."""

    def query(self, number: int) -> dict[str, int]:
        """See Pager."""
        return {"limit": _PAGE, "offset": number * _PAGE}

    def count(self, body: bytes) -> int | None:
        """See Pager."""
        try:
            return -(-msgspec.json.decode(body, type=_TotalCount).total_count // _PAGE)
        except msgspec.MsgspecError:
            return None


PAGERS: Mapping[Paging, Pager] = MappingProxyType({Paging.WHOLE_BODY: WholeBody(), Paging.OPENDATASOFT: Opendatasoft()})
"""A further way is a class here and a word in ``Paging``."""
