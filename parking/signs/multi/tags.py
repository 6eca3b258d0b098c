"""MULTI taken apart: texts and tags with their offsets, and the standard's own names for what is wrong with them."""

import re
from collections.abc import Iterator
from enum import IntEnum
from typing import NamedTuple

from parking.errors import ParkingError
from parking.signs.model import SignLimits


class MultiFault(IntEnum):
    """NTCIP 1203's dmsMultiSyntaxError, by its numbers."""

    OTHER = 1
    NONE = 2
    UNSUPPORTED_TAG = 3
    UNSUPPORTED_TAG_VALUE = 4
    TEXT_TOO_BIG = 5
    FONT_NOT_DEFINED = 6
    CHARACTER_NOT_DEFINED = 7
    FIELD_DEVICE_NOT_EXIST = 8
    FIELD_DEVICE_ERROR = 9
    FLASH_REGION_ERROR = 10
    TAG_CONFLICT = 11
    TOO_MANY_PAGES = 12
    FONT_VERSION_ID = 13
    GRAPHIC_ID = 14
    GRAPHIC_NOT_DEFINED = 15


class MultiError(ParkingError):
    """A MULTI string that a sign must refuse: ``code`` is dmsMultiSyntaxError, ``offset`` where in the string it is."""

    def __init__(self, code: MultiFault, offset: int, what: str) -> None:
        super().__init__(f"MULTI, at {offset}: {what} ({code.name.lower().replace('_', ' ')})")
        self.code = code
        self.offset = offset


class MultiPart(NamedTuple):
    """A text (``tag`` empty) or a tag with its ``values``, None for one that was left empty; and where it begins."""

    offset: int
    tag: str = ""
    values: tuple[int | None, ...] = ()
    text: str = ""


_TAGS = frozenset(("cf", "fo", "jl", "jp", "nl", "np", "pt", "tr"))
"""What a sign that has not said its tags is taken to have: the oldest ones, and text rectangles."""

_PIECE = re.compile(r"\[\[|\]\]|\[[^\[\]]*\]|[^\[\]]+|.", re.DOTALL)
_NAME = re.compile(r"/?[a-z]+")
_NUMBER = re.compile(r"\+?[0-9]{1,5}")
_COUNTS = {
    "nl": (0, 1),
    "np": (0, 0),
    "pt": (1, 2),
    "jl": (0, 1),
    "jp": (0, 1),
    "fo": (0, 2),
    "tr": (4, 4),
    "cb": (0, 1),
}
_COUNTS |= {"cf": (0, 3), "pb": (0, 3), "cr": (5, 7)}


MAX_PIXELS = 250_000
"""More than any sign at a road has: what says so of itself has not said its size."""


def has_size(limits: SignLimits) -> bool:
    """Whether the sign has said how many pixels it has, and so many as there are signs of."""
    width, height = limits.width_px or 0, limits.height_px or 0
    return width > 0 and height > 0 and width * height <= MAX_PIXELS


def has_tag(limits: SignLimits, tag: str) -> bool:
    """Whether the sign takes this tag."""
    return tag in (_TAGS if limits.tags is None else limits.tags)


def list_parts(multi: str) -> Iterator[MultiPart]:
    """Its parts, in order. Raises MultiError at the first that is none, or that this reader does not know."""
    for found in _PIECE.finditer(multi):
        piece, offset = found[0], found.start()
        if piece in ("[[", "]]"):
            yield MultiPart(offset, text=piece[0])
        elif len(piece) > 1 and piece[0] == "[":
            yield _read_tag(piece[1:-1], offset)
        elif piece in ("[", "]"):
            raise MultiError(MultiFault.UNSUPPORTED_TAG, offset, f"a lone {piece} is written twice")
        elif not all("\x01" <= letter <= "\xff" for letter in piece):
            raise MultiError(MultiFault.OTHER, offset, "a character outside of Latin-1")
        else:
            yield MultiPart(offset, text=piece)


def _read_tag(inner: str, offset: int) -> MultiPart:
    name = _NAME.match(inner.lower())
    tag = name[0][:2] if name and name[0][:2] in _COUNTS else ""
    if not tag:
        raise MultiError(MultiFault.UNSUPPORTED_TAG, offset, f"[{inner:.40}] is not shown here")
    wrong = MultiError(MultiFault.UNSUPPORTED_TAG_VALUE, offset, f"[{inner:.40}] has no such value")
    rest = inner[2:]
    if tag == "pt":
        on, off, *more = (*re.split("o", rest, maxsplit=1, flags=re.IGNORECASE), "")
        texts = [on, off] if not more or more == [""] else [rest]
    else:
        texts = rest.split(",") if rest else []
    if tag == "fo" and len(texts) == 2 and re.fullmatch("[0-9A-Fa-f]{4}", texts[1]):
        texts[1] = str(int(texts[1], 16))
    values = tuple(int(text) if _NUMBER.fullmatch(text) else None for text in texts)
    if any(value is None and not (tag == "pt" and not text) for value, text in zip(values, texts, strict=True)):
        raise wrong
    least, most = _COUNTS[tag]
    if not least <= len(values) <= most or not _is_allowed(tag, values, rest):
        raise wrong
    return MultiPart(offset, tag, values)


def _is_allowed(tag: str, values: tuple[int | None, ...], rest: str) -> bool:
    """Whether values lie in the tag's range: colours are of one value or three, and so on."""
    numbers = [value for value in values if value is not None]
    if tag in ("cf", "pb", "cb"):
        return len(numbers) in (0, 1, 3) and all(number < 256 for number in numbers)
    if tag == "cr":
        return len(numbers) in (5, 7) and 0 not in numbers[:2] and all(number < 256 for number in numbers[4:])
    if tag == "tr":
        return 0 not in numbers[:2] and all(number < 65536 for number in numbers)
    if tag in ("jl", "jp"):
        return not numbers or (len(rest) == 1 and numbers[0] in (2, 3, 4))
    if tag == "nl":
        return len(rest) < 2
    if tag == "fo":
        return not numbers or 0 < numbers[0] < 256
    return all(number < 256 for number in numbers)
