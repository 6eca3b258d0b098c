"""Whether failed pixels can turn what a line says into something else: an 8 with a dark corner is a 6.

What a driver sees is the value's picture with the stuck pixels put in. It is compared with the picture of every number
of up to four digits and every word that the line could show instead. Two pictures differ in some pixels; where a third
of those have failed towards the other one, the line is called illegible, for people read shapes and do not count dots.
In F07 an 8 is two dots from a 6 and two from a 3, so one of them is enough. A picture that the failed pixels leave as
it is can be read, whatever others they would spoil.
"""

from collections.abc import Collection, Iterable
from functools import lru_cache
from typing import NamedTuple

from parking.signs.face import Face, FaceLine
from parking.signs.model import Sign, SignLimits
from parking.signs.multi.fit import fits
from parking.signs.multi.font import SignFont, font_of, sized
from parking.signs.multi.geometry import LineBox, find_box
from parking.signs.multi.markup import sides_of
from parking.signs.multi.tags import has_tag
from parking.signs.vocabulary import list_words
from parking.signs.words import SignProtocol

Stuck = Collection[tuple[int, int, bool]]
"""Failed pixels: (x, y, True where it is always on, False where it is always off), from 1."""

_SHARE = 3


class _Room(NamedTuple):
    """Where a text may light pixels, from the line's left end; at which side it stands; its font, by name and sizes."""

    left: int
    width: int
    side: int
    font: str
    char_width: int
    char_height: int


def find_illegible(sign: Sign, limits: SignLimits, face: Face, stuck: Stuck) -> tuple[int, ...]:
    """The numbers of the lines whose value could be read as another one, or whose legend as another line's.

    None where pixels are not known, or where the sign itself says at which side texts stand (it takes no [jl]).
    """
    if not stuck or sign.protocol is not SignProtocol.NTCIP or not has_tag(limits, "jl"):
        return ()
    lit = (line for line in face.lines if not line.is_dark and fits(sign, limits, line))
    return tuple(line.number for line in lit if _is_in_doubt(sign, limits, line, stuck))


def _is_in_doubt(sign: Sign, limits: SignLimits, line: FaceLine, stuck: Stuck) -> bool:
    font = font_of(sign, limits)[1]
    box = find_box(sign, limits, font, line.number)
    if box is None:
        return False
    left, right = sides_of(sign, limits, line)
    taken = font.width_of(f"{left} ") + font.gap if left else 0
    is_alone = not left and box.row is not None and not sign.lines[line.number - 1].is_printed
    sizes = (font.name, limits.char_width_px or 0, limits.char_height_px or 0)
    if left:
        room = _Room(0, box.width, 2, *sizes)
        legends = (left.replace(line.legend, legend) for legend in _other_legends(sign, font, line))
        others = (_picture(room, font, legend) for legend in legends if font.width_of(legend) <= room.width)
        if _can_be_another(room, box, left, others, stuck):
            return True
    room = _Room(taken, box.width - taken, 3 if is_alone else 4, *sizes)
    return bool(line.value) and _can_be_another(room, box, right, _pictures(room, right[len(line.value) :]), stuck)


def _other_legends(sign: Sign, font: SignFont, line: FaceLine) -> set[str]:
    texts = (
        text for other in sign.lines for text in (other.legend, *other.short_legends) if other.number != line.number
    )
    return {folded for text in texts if (folded := font.find_folded(text))} - {line.legend}


def _can_be_another(room: _Room, box: LineBox, text: str, others: Iterable[int], stuck: Stuck) -> bool:
    on, off = (_mask(room, box, stuck, is_on=is_on) for is_on in (True, False))
    picture = _picture(room, sized(room.font, room.char_width, room.char_height), text)
    wrong = picture & off | ~picture & on
    if not wrong:
        return False
    for other in others:
        apart = picture ^ other
        failed = (apart & wrong).bit_count()
        if failed and apart.bit_count() <= _SHARE * failed:
            return True
    return False


def _mask(room: _Room, box: LineBox, stuck: Stuck, *, is_on: bool) -> int:
    mask = 0
    for x, y, state in stuck:
        column, row = x - box.x - room.left, y - box.y
        if state is is_on and 0 <= column < room.width and 0 <= row < box.height:
            mask |= 1 << (row * room.width + column)
    return mask


def _picture(room: _Room, font: SignFont, text: str) -> int:
    """The text's pixels as the bits of a number: row by row, from where the room begins."""
    spare = room.width - font.width_of(text)
    step = room.char_width or 1
    at = {2: 0, 3: spare // 2 // step * step, 4: spare}[room.side]
    mask = 0
    for letter in text:
        mask |= _letter(room.width, font.glyphs[letter].lit) << at
        at += font.glyphs[letter].width + font.gap
    return mask


@lru_cache(maxsize=4096)
def _letter(width: int, lit: tuple[tuple[int, int], ...]) -> int:
    return sum(1 << (row * width + column) for column, row in lit)


@lru_cache(maxsize=32)
def _pictures(room: _Room, after: str) -> tuple[int, ...]:
    """The pictures of all values that there is room for, each once; an arrow may follow them."""
    font = sized(room.font, room.char_width, room.char_height)
    texts = (value + after for value in (*map(str, range(10_000)), *sorted(list_words())))
    fitting = (text for text in texts if set(text) <= font.glyphs.keys() and font.width_of(text) <= room.width)
    return tuple({_picture(room, font, text): None for text in fitting})
