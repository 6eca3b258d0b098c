"""Whether failed pixels can turn what a line says into something else: an 8 with a dark corner is a 6.

What a driver sees is the value's picture with the stuck pixels put in. It is compared with the picture of every number
of up to four digits and every word that the line could show instead. Two pictures differ in some pixels; where a third
of those have failed towards the other one, the line is called illegible, for people read shapes and do not count dots.
In F07 an 8 is two dots from a 6 and two from a 3, so one of them is enough. A picture that the failed pixels leave as
it is can be read, whatever others they would spoil.
"""

from collections.abc import Collection, Iterator
from functools import lru_cache
from typing import NamedTuple

from parking.signs.face import Face, FaceLine
from parking.signs.model import Sign, SignLimits
from parking.signs.multi.fit import folded
from parking.signs.multi.font import SignFont, font_of, sized
from parking.signs.multi.geometry import LineBox, find_box
from parking.signs.multi.markup import sides_of
from parking.signs.words import SignProtocol

Stuck = Collection[tuple[int, int, bool]]
"""Failed pixels: (x, y, True where it is always on, False where it is always off), from 1."""

_WORDS = ("LIBRE", "COMPLET", "FERME", "ABONNES")
_SHARE = 3


class _Room(NamedTuple):
    """Where a value may light pixels: the line without its legend; its font, by name and sizes; what follows it."""

    width: int
    is_centred: bool
    step: int
    font: str
    char_width: int
    char_height: int
    after: str


def find_illegible(sign: Sign, limits: SignLimits, face: Face, stuck: Stuck) -> tuple[int, ...]:
    """The numbers of the lines whose value could be read as another one. None where pixels or font are not known."""
    if not stuck or sign.protocol is not SignProtocol.NTCIP:
        return ()
    font = font_of(sign, limits)[1]
    return tuple(
        line.number
        for line in face.lines
        if line.value
        and (box := find_box(sign, limits, font, line.number)) is not None
        and folded(sign, limits, line.value) == line.value
        and _can_be_another(sign, limits, line, box, stuck)
    )


def _can_be_another(sign: Sign, limits: SignLimits, line: FaceLine, box: LineBox, stuck: Stuck) -> bool:
    font = font_of(sign, limits)[1]
    left, right = sides_of(sign, limits, line)
    taken = font.width_of(f"{left} ") + font.gap if left else 0
    room = _Room(
        width=box.width - taken,
        is_centred=not left and box.row is not None and _is_alone(sign, line),
        step=limits.char_width_px or 1,
        font=font.name,
        char_width=limits.char_width_px or 0,
        char_height=limits.char_height_px or 0,
        after=right[len(line.value) :],
    )
    on, off = (_mask(room, box, taken, stuck, is_on=is_on) for is_on in (True, False))
    seen = _picture(room, font, right)
    if not (seen & off or ~seen & on):
        return False
    for other in _pictures(room):
        apart = seen ^ other
        failed = (apart & ((seen & off) | (~seen & on))).bit_count()
        if failed and apart.bit_count() <= _SHARE * failed:
            return True
    return False


def _is_alone(sign: Sign, line: FaceLine) -> bool:
    return not sign.lines[line.number - 1].is_printed


def _mask(room: _Room, box: LineBox, taken: int, stuck: Stuck, *, is_on: bool) -> int:
    left = box.x + taken
    mask = 0
    for x, y, state in stuck:
        if state is is_on and 0 <= x - left < room.width and 0 <= y - box.y < box.height:
            mask |= 1 << ((y - box.y) * room.width + x - left)
    return mask


def _picture(room: _Room, font: SignFont, text: str) -> int:
    """The text's pixels as the bits of a number: row by row, from where the room begins."""
    at = room.width - font.width_of(text)
    at = at // 2 // room.step * room.step if room.is_centred else at
    mask = 0
    for letter in text:
        mask |= _letter(room.width, font.glyphs[letter].lit) << at
        at += font.glyphs[letter].width + font.gap
    return mask


@lru_cache(maxsize=4096)
def _letter(width: int, lit: tuple[tuple[int, int], ...]) -> int:
    return sum(1 << (row * width + column) for column, row in lit)


@lru_cache(maxsize=32)
def _pictures(room: _Room) -> tuple[int, ...]:
    """The pictures of all that the line could show, each once."""
    font = sized(room.font, room.char_width, room.char_height)
    return tuple({_picture(room, font, value + room.after): None for value in _values(room, font)})


def _values(room: _Room, font: SignFont) -> Iterator[str]:
    for value in (*map(str, range(10_000)), *_WORDS):
        if all(letter in font.glyphs for letter in value) and font.width_of(value + room.after) <= room.width:
            yield value
