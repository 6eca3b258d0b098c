"""Which devices a credential or a topic may speak for. Whoever may send for a source could else speak for all of it."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from fnmatch import fnmatchcase

from aiomqtt import Topic

from parking.codec import encode_event
from parking.observations import Observation
from parking.rejects import make_reject
from parking.words import RejectReason
from sensors.contract import Decoded

ANY = ("*",)


class Permissions:
    """Patterns of device ids (``*``, ``?`` and ``[…]``) by credential or topic filter; ``setting`` is where they stand.

    Who is not named may speak for every device of its source.
    """

    def __init__(self, patterns: Mapping[str, Sequence[str]] | None = None, setting: str = "") -> None:
        self._patterns, self._setting = dict(patterns or {}), setting

    def of_credential(self, name: str) -> Sequence[str]:
        """The patterns of the credential called so."""
        return self._patterns.get(name, ANY)

    def of_topic(self, topic: str) -> Sequence[str]:
        """The patterns of the first topic filter that matches."""
        if self._patterns:
            named = Topic(topic)
            for pattern, allowed in self._patterns.items():
                if named.matches(pattern):
                    return allowed
        return ANY

    def filter(self, decoded: Decoded, allowed: Sequence[str], who: str, tenant: str, now: datetime) -> Decoded:
        """What ``who`` may say of it; the rest becomes rejects, one for each device, with what was said."""
        if allowed is ANY:
            return decoded
        strangers: dict[tuple[str, str], list[Observation]] = {}
        kept: list[Observation] = []
        for seen in decoded.observations:
            if is_allowed(seen.device_id, allowed):
                kept.append(seen)
            else:
                strangers.setdefault((seen.source, seen.device_id), []).append(seen)
        rejects = [
            make_reject(tenant, source, RejectReason.NOT_ALLOWED, self.detail(who, device), _lines(said), now, device)
            for (source, device), said in strangers.items()
        ]
        return Decoded(kept, [*decoded.rejects, *rejects], decoded.ends_at)

    def detail(self, who: str, device: str) -> str:
        """The sentence that refuses a device."""
        return f"{who:.200} may not speak for {device:.64}: that was left out; if it should, add it to {self._setting}"


def is_allowed(device: str, allowed: Iterable[str]) -> bool:
    """Whether one of the patterns is the device's; a devEUI may be written in capitals there."""
    return allowed is ANY or any(fnmatchcase(device, one) or fnmatchcase(device, one.lower()) for one in allowed)


def _lines(said: Iterable[Observation]) -> bytes:
    return b"\n".join(map(encode_event, said))
