"""Draws the pages of a MULTI string, part by part: rectangles, colours, and texts where the layout puts them."""

from parking.signs.model import SignLimits
from parking.signs.multi.colours import AMBER, BLACK, find_colour
from parking.signs.multi.font import FONTS, default_number, font_at
from parking.signs.multi.font_id import version_id
from parking.signs.multi.geometry import LineBox
from parking.signs.multi.layout import Rgb, TextSpan, find_x, find_y, require_order
from parking.signs.multi.tags import MultiError, MultiFault, MultiPart

_MAX_SPANS = 500
"""Texts of one rectangle; each is at least a pixel wide, and placing them takes the square of it."""


class Pen:
    """A sign's pen; font, colours and justifications go on from page to page, as the standard has it."""

    def __init__(self, limits: SignLimits) -> None:
        self.limits = limits
        self.full = LineBox(1, 1, limits.width_px or 0, limits.height_px or 0)
        self.default_font = default_number(limits)
        self.font, self.side, self.page = self.default_font, 3, 3
        self.font_id: int | None = None
        self.ink, self.ground = AMBER, BLACK

    def draw_page(self, parts: list[MultiPart]) -> dict[tuple[int, int], Rgb]:
        """The pixels of one page that are not black. Raises MultiError for what the sign must refuse."""
        for part in parts:
            if part.tag in ("cb", "pb"):
                self.ground = self._colour(part, BLACK)
        canvas: dict[tuple[int, int], Rgb] = {}
        if self.ground != BLACK:
            _fill(canvas, self.full, self.ground)
        box, start = self.full, 0
        for at, part in enumerate(parts):
            if part.tag == "tr":
                self._draw_box(parts[start:at], box, canvas)
                box, start = self._box(part, on_step=True), at + 1
        self._draw_box(parts[start:], box, canvas)
        return {at: rgb for at, rgb in canvas.items() if rgb != BLACK}

    def _draw_box(self, parts: list[MultiPart], box: LineBox, canvas: dict[tuple[int, int], Rgb]) -> None:
        for part in parts:
            if part.tag == "cr":
                area, colour = self._box(part, on_step=False), part._replace(values=part.values[4:])
                _fill(canvas, area, self._colour(colour, AMBER))
        spans = self._spans(parts)
        if len(spans) > _MAX_SPANS:
            raise MultiError(MultiFault.TEXT_TOO_BIG, spans[_MAX_SPANS].offset, f"more than {_MAX_SPANS} texts")
        require_order(spans)
        for at, span in enumerate(spans):
            x, y = find_x(spans, at, box, self.limits), find_y(spans, span, box, self.limits)
            canvas.update({(x + column, y + row): span.colour for column, row in span.font.pixels_of(span.text)})

    def _spans(self, parts: list[MultiPart]) -> list[TextSpan]:
        spans: list[TextSpan] = []
        line, spacing, is_empty = 0, None, True
        for part in parts:
            first = part.values[0] if part.values else None
            if not part.tag:
                spans.append(self._span(part, line, spacing))
                is_empty = False
            elif part.tag == "nl":
                if first and self.limits.char_height_px:
                    raise MultiError(MultiFault.UNSUPPORTED_TAG_VALUE, part.offset, "its lines have a fixed distance")
                if is_empty:
                    spans.append(self._span(part, line, spacing))
                line, spacing, is_empty = line + 1, first, True
            elif part.tag == "jp" and (first or 3) != self.page:
                self.page, line = first or 3, 0
            elif part.tag == "jl":
                self.side = first or 3
            elif part.tag == "cf":
                self.ink = self._colour(part, AMBER)
            elif part.tag == "fo":
                self.font, self.font_id = first or self.default_font, part.values[1] if len(part.values) > 1 else None
        return spans

    def _span(self, part: MultiPart, line: int, spacing: int | None) -> TextSpan:
        font = font_at(self.font, self.limits)
        if font is None:
            raise MultiError(MultiFault.FONT_NOT_DEFINED, part.offset, f"no font has the number {self.font}")
        is_known = self.limits.fonts.get(self.font, "").upper() in FONTS
        if self.font_id is not None and is_known and self.font_id != version_id(self.font, font):
            raise MultiError(MultiFault.FONT_VERSION_ID, part.offset, f"font {self.font} is of another version")
        for at, letter in enumerate(part.text):
            if letter not in font.glyphs:
                raise MultiError(MultiFault.CHARACTER_NOT_DEFINED, part.offset + at, f"{font.name} has no {letter!r}")
        return TextSpan(part.text, part.offset, font, self.ink, self.page, self.side, line, spacing)

    def _colour(self, part: MultiPart, default: Rgb) -> Rgb:
        values = tuple(value for value in part.values if value is not None)
        found = find_colour(self.limits.colour_scheme, values) if values else default
        if found is None:
            raise MultiError(MultiFault.UNSUPPORTED_TAG_VALUE, part.offset, "this sign has no such colour")
        return found

    def _box(self, part: MultiPart, *, on_step: bool) -> LineBox:
        x, y, width, height = (value or 0 for value in part.values[:4])
        width, height = width or self.full.width - x + 1, height or self.full.height - y + 1
        steps = (self.limits.char_width_px or 1, self.limits.char_height_px or 1) if on_step else (1, 1)
        inside = 0 < width <= self.full.width - x + 1 and 0 < height <= self.full.height - y + 1
        if not inside or (x - 1) % steps[0] or width % steps[0] or (y - 1) % steps[1] or height % steps[1]:
            raise MultiError(MultiFault.UNSUPPORTED_TAG_VALUE, part.offset, "the rectangle is not on this sign")
        return LineBox(x, y, width, height)


def _fill(canvas: dict[tuple[int, int], Rgb], box: LineBox, colour: Rgb) -> None:
    xs, ys = range(box.x, box.x + box.width), range(box.y, box.y + box.height)
    canvas.update({(x, y): colour for x in xs for y in ys})
