"""What clients have not taken yet of what they were given: each body counts once, however many clients it is for.

A client that reads slowly keeps alive what it has not read. Many clients of one body keep one body; many clients that
each hold an older one could fill the memory, so there is a bound, and beyond it whoever has held longest goes first.
"""

from collections import OrderedDict
from typing import Protocol

MAX_UNSENT_BYTES = 64 * 1024 * 1024
"""Of all bodies together that some client has not read to the end; one larger body alone is let through."""


class Holder(Protocol):
    """A connection."""

    def let_go(self) -> None:
        """End at once, without another byte."""


class Unsent:
    """The bodies on their way out of one server, and who holds them."""

    def __init__(self, most: int = MAX_UNSENT_BYTES) -> None:
        self.most, self.bytes = most, 0
        self._held: OrderedDict[Holder, list[bytes]] = OrderedDict()  # who has held longest stands first
        self._shares: dict[int, int] = {}

    def hold(self, holder: Holder, body: bytes) -> None:
        """This client has not taken this body yet. May let others go."""
        self._held.setdefault(holder, []).append(body)
        shares = self._shares.get(id(body), 0)
        self._shares[id(body)] = shares + 1
        if not shares:
            self.bytes += len(body)
        while self.bytes > self.most and len(self._held) > 1:
            oldest = next(iter(self._held))
            self.release(oldest)
            oldest.let_go()

    def release(self, holder: Holder) -> None:
        """This client has taken all it was given, or is gone."""
        for body in self._held.pop(holder, ()):
            shares = self._shares.pop(id(body)) - 1
            if shares:
                self._shares[id(body)] = shares
            else:
                self.bytes -= len(body)
