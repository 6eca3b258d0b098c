"""Fonts of signs: what a text is in their characters, how wide it is, which pixels it lights.

``FONTS`` are those that we know the bitmaps of, by their usual name. A sign says its fonts by name; one that nobody
here knows is taken to be as wide as F07, and then the sign itself, which validates each message, has the last word.
"""

import unicodedata
from functools import lru_cache
from typing import NamedTuple

from parking.signs.model import Sign, SignLimits
from parking.signs.multi import glyphs
from parking.signs.multi.tags import has_tag

_SPELT = {"œ": "OE", "æ": "AE", "ß": "SS", "’": "'", "‘": "'", "“": '"', "”": '"', "«": '"', "»": '"'} | dict.fromkeys(
    "‐‑‒–—−", "-"
)
_FIRST, _LAST = " ", "_"
"""Between these every font here has what ASCII has. F07's o, {, | and ~ are its maker's own spacers and emblems."""


class Glyph(NamedTuple):
    """One character: its width, and the pixels that it lights as (column, row) from its top left corner, from 0."""

    width: int
    lit: tuple[tuple[int, int], ...]


class SignFont(NamedTuple):
    """A font: ``height`` rows; ``gap`` columns between characters and ``leading`` rows between lines."""

    name: str
    height: int
    gap: int
    leading: int
    glyphs: dict[str, Glyph]

    def find_folded(self, text: str) -> str | None:
        """The text in this font's characters (É is E, é is E too), or None where one has no likeness in it."""
        spelt = "".join(_SPELT.get(letter.lower(), letter) for letter in text)
        plain = "".join(part for part in unicodedata.normalize("NFKD", spelt) if not unicodedata.combining(part))
        folded = plain.upper()
        return folded if all(_FIRST <= letter <= _LAST and letter in self.glyphs for letter in folded) else None

    def width_of(self, text: str) -> int:
        """Columns of the text on one line. Raises KeyError for a character that the font has not."""
        return sum(self.glyphs[letter].width for letter in text) + self.gap * max(0, len(text) - 1)

    def pixels_of(self, text: str) -> set[tuple[int, int]]:
        """What the text lights, as (column, row) from its top left corner, from 0."""
        lit, x = set(), 0
        for letter in text:
            glyph = self.glyphs[letter]
            lit |= {(x + column, row) for column, row in glyph.lit}
            x += glyph.width + self.gap
        return lit


def _read(name: str, height: int, gap: int, leading: int, table: str) -> SignFont:
    found = {}
    for entry in table.split():
        width, bits = int(entry[2], 16), entry[3:]
        value, length = int(bits, 16), 4 * len(bits)
        lit = tuple(
            (index % width, index // width) for index in range(width * height) if value >> (length - 1 - index) & 1
        )
        found[chr(int(entry[:2], 16))] = Glyph(width, lit)
    return SignFont(name, height, gap, leading, found)


FONTS = {
    font.name: font
    for font in (
        _read("F07", 7, 2, 3, glyphs.F07),
        _read("F07-C", 7, 0, 0, glyphs.F07_CELLS),
        _read("F08", 8, 2, 2, glyphs.F08),
    )
}


def font_at(number: int, limits: SignLimits) -> SignFont | None:
    """The font that the sign has under this number, or None where it says that it has none."""
    if not 0 < number < 256 or (limits.fonts and number not in limits.fonts):
        return None
    known = limits.fonts.get(number, "").upper()
    return sized(known if known in FONTS else None, limits.char_width_px or 0, limits.char_height_px or 0)


@lru_cache
def sized(name: str | None, width: int, height: int) -> SignFont:
    """The font in the cells of a character matrix, or the rows of a line matrix; glyphs that are wider are left out."""
    if name is None:
        name = "F07-C" if width else "F08" if height == FONTS["F08"].height else "F07"
    font = FONTS[name]
    if width:
        narrow = {letter: Glyph(width, glyph.lit) for letter, glyph in font.glyphs.items() if glyph.width <= width}
        font = font._replace(gap=0, glyphs=narrow)
    return font._replace(height=max(height, font.height), leading=0) if height else font


def default_number(limits: SignLimits) -> int:
    """The number of the font that is written in where a message names none."""
    return limits.default_font or min((number for number in limits.fonts if number > 0), default=1)


def font_of(sign: Sign, limits: SignLimits) -> tuple[int, SignFont]:
    """The font to write in, and its number: the sign's own choice, else one that is known, else its default.

    A sign that takes no [fo] writes in its default.
    """
    if not has_tag(limits, "fo"):
        number = default_number(limits)
        return number, font_at(number, limits) or sized(None, limits.char_width_px or 0, limits.char_height_px or 0)
    known = (number for number, name in sorted(limits.fonts.items()) if name.upper() in FONTS)
    default = limits.default_font
    named = (default,) if default is not None and limits.fonts.get(default, "").upper() in FONTS else ()
    for number in (sign.font, *named, *known, default, *sorted(limits.fonts)):
        font = font_at(number, limits) if number is not None else None
        if number is not None and font is not None:
            return number, font
    return 1, sized(None, limits.char_width_px or 0, limits.char_height_px or 0)
