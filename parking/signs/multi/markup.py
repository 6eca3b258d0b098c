"""The pieces of a face in MULTI: what stands before all lines, and one line.

Whatever a sign has a default for is written in the message: the CRC does not cover defaults, and others may change
them.
"""

from parking.signs.face import FaceLine
from parking.signs.model import Sign, SignLimits
from parking.signs.multi.font import font_of
from parking.signs.multi.geometry import find_line
from parking.signs.multi.tags import has_tag
from parking.signs.words import Arrow

ARROW_LETTERS = {Arrow.LEFT: "<", Arrow.AHEAD: "^", Arrow.RIGHT: ">"}
"""What stands for an arrow in fonts of ASCII; where the legend is painted, the arrow is painted too."""

_AMBER = {3: "[cf9]", 4: "[cf255,208,0]"}
_RED = {3: "[cf1]", 4: "[cf255,0,0]"}
_BLACK = {3: "[pb0]", 4: "[pb0,0,0]"}


def has_colours(limits: SignLimits) -> bool:
    """Whether text may be red: on signs of one colour the same tag is a brightness, 1 of 255, or an error."""
    return limits.colour_scheme in _RED and has_tag(limits, "cf")


def escaped(text: str) -> str:
    """The text with its brackets doubled, both of them."""
    return text.replace("[", "[[").replace("]", "]]")


def sides_of(sign: Sign, limits: SignLimits, line: FaceLine) -> tuple[str, str]:
    """What is lit at the left and at the right of a line: legend and value, with the arrow where the legend is lit.

    An arrow to the right stands at the right end, the others at the left. A font without it leaves it to the panel.
    """
    planned = find_line(sign, line.number)
    is_written = bool(line.legend) and planned is not None and not planned.is_printed
    letter = ARROW_LETTERS[line.arrow] if line.arrow is not None and is_written else ""
    if letter not in font_of(sign, limits)[1].glyphs:
        return line.legend, line.value
    if line.arrow is Arrow.RIGHT:
        return line.legend, f"{line.value} {letter}".strip()
    return f"{letter} {line.legend}", line.value


def preamble(sign: Sign, limits: SignLimits) -> str:
    """Page time and background where the sign says that it takes them; then font, page justification and colour."""
    said = limits.tags or ()
    return "".join(
        (
            "[pt30o0]" if "pt" in said else "",
            _BLACK.get(limits.colour_scheme or 0, "") if "pb" in said else "",
            f"[fo{font_of(sign, limits)[0]}]" if has_tag(limits, "fo") else "",
            "[jp3]" if has_tag(limits, "jp") else "",
            _AMBER[limits.colour_scheme or 0] if has_colours(limits) else "",
        )
    )


def rectangle(sign: Sign, number: int) -> str:
    """The text rectangle of a line's cell; nothing for a row of the matrix."""
    planned = find_line(sign, number)
    cell = planned.cell if planned is not None else None
    return "" if cell is None else f"[tr{cell.x},{cell.y},{cell.width},{cell.height}]"


def line_markup(sign: Sign, limits: SignLimits, line: FaceLine) -> str:
    """The line without its place: left, then right, since the other way round is a tag conflict."""
    left, right = (escaped(text) for text in sides_of(sign, limits, line))
    if not has_tag(limits, "jl"):
        return " ".join(filter(None, (left, right)))
    planned = find_line(sign, line.number)
    alone = "[jl3]" if planned is not None and not planned.is_printed and planned.cell is None else "[jl4]"
    if right and line.is_red and has_colours(limits):
        right = f"{_RED[limits.colour_scheme or 0]}{right}{_AMBER[limits.colour_scheme or 0]}"
    return (f"[jl2]{left}" if left else "") + (f"{'[jl4]' if left else alone}{right}" if right else "")
