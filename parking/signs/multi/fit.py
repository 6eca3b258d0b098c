"""Whether a line can be written on a sign: in pixels of its font, or in characters where it counts those.

What does not fit takes a shorter form by the planner's rule; nothing here is ever cut.
"""

from parking.signs.face import FaceLine
from parking.signs.model import Sign, SignLimits, SignLine
from parking.signs.multi.font import FONTS, font_of
from parking.signs.multi.geometry import find_box, find_line
from parking.signs.multi.markup import line_markup, preamble, rectangle, sides_of
from parking.signs.words import SignProtocol

_UNSENDABLE = {SignProtocol.TEDI: '"'}
"""Characters that a protocol has no way to say: TEDI's texts stand in quotes."""


def folded(sign: Sign, limits: SignLimits, text: str) -> str | None:
    """The text in the characters of the sign's font, or None where one of them has no likeness there."""
    font = font_of(sign, limits)[1] if sign.protocol is SignProtocol.NTCIP else FONTS["F07-C"]
    found = font.find_folded(text)
    return None if found is None or set(found) & set(_UNSENDABLE.get(sign.protocol, "")) else found


def fits(sign: Sign, limits: SignLimits, line: FaceLine) -> bool:
    """Whether all of the line, folded already, has room in its place. A dark line always has.

    An NTCIP sign that has not said its size yet has no room for anything: it is dark until it has.
    """
    planned = find_line(sign, line.number)
    if planned is None:
        return False
    if line.is_dark:
        return True
    if any(folded(sign, limits, text) != text for text in (line.legend, line.value)):
        return False
    if sign.protocol is not SignProtocol.NTCIP:
        return _fits_characters(sign, planned, line)
    return _fits_pixels(sign, limits, planned, line) and _fits_bytes(sign, limits, line)


def count_characters(sign: Sign, planned: SignLine) -> int | None:
    """How many characters a line has room for where characters are counted; None for as many as one likes.

    A cell that says its pixels alone is taken to need six columns for each, so that it has at least that many.
    """
    if planned.cell is not None and planned.cell.characters is not None:
        return planned.cell.characters
    if sign.protocol is SignProtocol.DATEX:
        return None
    return sign.tedi.characters if planned.cell is None else min(sign.tedi.characters, planned.cell.width // 6)


def _fits_characters(sign: Sign, planned: SignLine, line: FaceLine) -> bool:
    text = " ".join(filter(None, (line.legend, line.value)))
    room = count_characters(sign, planned)
    return room is None or len(text) <= room


def _fits_pixels(sign: Sign, limits: SignLimits, planned: SignLine, line: FaceLine) -> bool:
    font = font_of(sign, limits)[1]
    box = find_box(sign, limits, font, line.number)
    text = " ".join(filter(None, sides_of(sign, limits, line)))
    if box is None or font.width_of(text) > box.width:
        return False
    return planned.cell is None or planned.cell.characters is None or len(text) <= planned.cell.characters


def _fits_bytes(sign: Sign, limits: SignLimits, line: FaceLine) -> bool:
    """Its share of the bytes, so that lines that fit one by one fit together."""
    if limits.max_multi_bytes is None:
        return True
    share = (limits.max_multi_bytes - len(preamble(sign, limits))) // len(sign.lines)
    place = rectangle(sign, line.number) or "[nl0]"
    return len(place) + len(line_markup(sign, limits, line)) <= share
