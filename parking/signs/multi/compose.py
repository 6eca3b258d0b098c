"""A face as one MULTI string, for this sign: its font, its tags, its colours, its cells.

The rows of the full matrix come first, dark ones as a space, so that the others keep their places; then each cell as a
text rectangle. One page, since a driver reads no second one.
"""

from parking.signs.face import Face, FaceLine
from parking.signs.model import Sign, SignLimits
from parking.signs.multi.fit import fits
from parking.signs.multi.font import font_of
from parking.signs.multi.geometry import count_rows, leading_of, rows_of
from parking.signs.multi.markup import line_markup, preamble, rectangle
from parking.signs.multi.tags import has_size, has_tag
from parking.signs.words import InvalidSignError

_ALL = {2: "255", 3: "9", 4: "255,208,0"}


def compose(sign: Sign, limits: SignLimits, face: Face) -> str:
    """The MULTI string of a face; empty for a dark one, which is blanked and not written.

    Raises InvalidSignError for a line that does not fit: ask ``fit.fits`` before.
    """
    if face.is_pattern:
        return _pattern(sign, limits)
    lit = {line.number: line for line in face.lines if not line.is_dark}
    if not lit:
        return ""
    for line in lit.values():
        if not fits(sign, limits, line):
            raise InvalidSignError(f"sign {sign.id}, line {line.number}: {line.legend!r} {line.value!r} does not fit")
    in_cells = (line for number, line in sorted(lit.items()) if number not in rows_of(sign))
    cells = (rectangle(sign, line.number) + line_markup(sign, limits, line) for line in in_cells)
    return preamble(sign, limits) + _rows(sign, limits, lit) + "".join(cells)


def _rows(sign: Sign, limits: SignLimits, lit: dict[int, FaceLine]) -> str:
    font = font_of(sign, limits)[1]
    rows = rows_of(sign)[: count_rows(sign, limits, font)]
    if not any(number in lit for number in rows):
        return ""
    return _break(sign, limits).join(
        line_markup(sign, limits, lit[number]) if number in lit else " " for number in rows
    )


def _break(sign: Sign, limits: SignLimits) -> str:
    font = font_of(sign, limits)[1]
    leading = leading_of(limits, font, count_rows(sign, limits, font))
    return "[nl]" if leading == font.leading or limits.char_height_px else f"[nl{leading}]"


def _pattern(sign: Sign, limits: SignLimits) -> str:
    """Every pixel where the sign takes colour rectangles, else as many 8s as there is room for."""
    if not has_size(limits):
        raise InvalidSignError(f"sign {sign.id} has not said its size in pixels: there is no pattern for it yet")
    width, height = limits.width_px or 0, limits.height_px or 0
    if limits.tags is not None and "cr" in limits.tags:
        return f"[cr1,1,{width},{height},{_ALL.get(limits.colour_scheme or 1, '1')}]"
    font = font_of(sign, limits)[1]
    if "8" not in font.glyphs or font.height > height:
        raise InvalidSignError(f"sign {sign.id}: its characters are too small for any font here, and for a pattern")
    text = "8" * ((width + font.gap) // (font.glyphs["8"].width + font.gap))
    leading = 0 if limits.char_height_px else font.leading
    count = (height + leading) // (font.height + leading) if has_tag(limits, "nl") else 1
    return preamble(sign, limits) + "[nl]".join([text] * count)
