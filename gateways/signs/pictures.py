"""Faces as pictures, as a driver sees them: SVG and PNG, lit lamps amber on black, dark ones faint, legends painted.

What cannot be drawn (another system's message with tags that we do not know) is a panel with a question mark, and the
text beside it says so: a picture never shows a guess.
"""

import io
from collections.abc import Collection, Iterator
from itertools import groupby
from xml.sax.saxutils import escape, quoteattr

from PIL import Image, ImageDraw, ImageFont

from gateways.signs.panel import Label, Lamp, PaintedArrow, Panel, panel_of
from gateways.words.language import Language, get_language
from parking.errors import ParkingError
from parking.signs.face import Face
from parking.signs.model import Sign, SignLimits
from parking.signs.multi.font import FONTS
from parking.signs.multi.tags import list_parts
from parking.signs.words import Arrow

_PAINT, _FRAME, _GLASS, _FAINT = "#14418b", "#202326", "#08090a", "#332c14"
_RADIUS = 0.55
"""Of the pitch, for a lamp that is lit; a dark one has half."""
_TURNS = {Arrow.AHEAD: 0, Arrow.RIGHT: 1, Arrow.LEFT: 3}
_ARROW = ((0, -0.5), (0.42, -0.05), (0.14, -0.05), (0.14, 0.5), (-0.14, 0.5), (-0.14, -0.05), (-0.42, -0.05))
Stuck = Collection[tuple[int, int, bool]]


def find_panel(sign: Sign, limits: SignLimits, shown: str | Face | None, stuck: Stuck = ()) -> Panel | None:
    """The panel with its lamps, or None where what it shows cannot be drawn, or is not known (``shown`` is None)."""
    if shown is None:
        return None
    try:
        return panel_of(sign, limits, shown, stuck)
    except ParkingError:
        return None


def svg_of(sign: Sign, limits: SignLimits, shown: str | Face | None, stuck: Stuck = ()) -> str:
    """An SVG of what is shown, a face or a MULTI string; its title is in French, its text in French and English."""
    drawn = find_panel(sign, limits, shown, stuck)
    panel = drawn or panel_of(sign, limits, "")
    french, english = (get_language(code) for code in ("fr", "en"))
    texts = " ".join(tell(language, sign, shown if drawn else None) for language in (french, english))
    names = f"title-{sign.id}", f"desc-{sign.id}"
    inside = "".join(_shapes(panel)) + ("" if drawn else _question(panel))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {panel.width:g} {panel.height:g}" role="img" '
        f'aria-labelledby="{names[0]} {names[1]}"><title id="{names[0]}" lang="fr">'
        f"{escape(french.say('sign_picture.title', name=sign.name))}</title>"
        f'<desc id="{names[1]}">{escape(texts)}</desc>{inside}</svg>'
    )


def tell(language: Language, sign: Sign, shown: str | Face | None) -> str:
    """What the picture shows, in a sentence; ``shown`` is None where that cannot be drawn."""
    if shown is None:
        return language.say("sign_picture.unknown")
    if isinstance(shown, Face) and shown.is_pattern:
        return language.say("sign_picture.pattern")
    text = ", ".join(_lines(sign, shown))
    return language.say("sign_picture.shows", text=text) if text else language.say("sign_picture.dark")


def _lines(sign: Sign, shown: str | Face) -> Iterator[str]:
    if isinstance(shown, str):
        yield from filter(None, (part.text.strip() for part in list_parts(shown)))
        return
    legends = {line.number: line.legend for line in sign.lines if line.is_printed}
    for line in shown.lines:
        if not line.is_dark:
            yield " ".join(filter(None, (line.legend or legends.get(line.number, ""), line.value)))


def _background(panel: Panel) -> str:
    return _PAINT if panel.labels else _FRAME


def _shapes(panel: Panel) -> Iterator[str]:
    width, height = panel.width, panel.height
    yield f'<rect width="{width:g}" height="{height:g}" rx="{2 * panel.pitch:g}" fill="{_background(panel)}"/>'
    for window in panel.windows:
        x, y, width, height = window
        yield f'<rect x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" fill="{_GLASS}"/>'
    for label in panel.labels:
        yield (
            f'<text x="{label.x:g}" y="{label.y + 0.36 * label.size:g}" font-size="{label.size:g}" fill="#fff" '
            f'font-family="sans-serif" font-weight="600" textLength="{label.width:g}" '
            f'lengthAdjust="spacingAndGlyphs">{escape(label.text)}</text>'
        )
    for arrow in panel.arrows:
        yield f'<polygon fill="#fff" points="{" ".join(f"{x:g},{y:g}" for x, y in _corners(arrow))}"/>'
    for colour, lamps in groupby(sorted(panel.lamps, key=lambda lamp: lamp.colour or ()), lambda lamp: lamp.colour):
        size = 2 * _RADIUS * panel.pitch / (1 if colour else 2)
        dots = "".join(f"M{lamp.x:g} {lamp.y:g}h0" for lamp in lamps)
        yield f'<path d="{dots}" stroke={quoteattr(_hex(colour))} stroke-width="{size:g}" stroke-linecap="round"/>'


def _question(panel: Panel) -> str:
    return (
        f'<text x="{panel.width / 2:g}" y="{0.8 * panel.height:g}" font-size="{0.8 * panel.height:g}" '
        'font-family="sans-serif" text-anchor="middle" fill="#9aa0a6">?</text>'
    )


def _hex(colour: tuple[int, int, int] | None) -> str:
    return _FAINT if colour is None else "#{:02x}{:02x}{:02x}".format(*colour)


def _corners(arrow: PaintedArrow) -> list[tuple[float, float]]:
    corners: list[tuple[float, float]] = list(_ARROW)
    for _ in range(_TURNS[arrow.way]):
        corners = [(-y, x) for x, y in corners]
    return [(arrow.x + arrow.size * x, arrow.y + arrow.size * y) for x, y in corners]


def png_of(sign: Sign, limits: SignLimits, shown: str | Face | None, stuck: Stuck = (), width: int = 960) -> bytes:
    """The same as a PNG, so many pixels wide."""
    drawn = find_panel(sign, limits, shown, stuck)
    panel = drawn or panel_of(sign, limits, "")
    scale = 2 * width / panel.width
    image = Image.new("RGB", (2 * width, max(2, round(panel.height * scale))), _background(panel))
    pen = ImageDraw.Draw(image)
    for window in panel.windows:
        pen.rectangle(
            [scale * at for at in (window.x, window.y, window.x + window.width, window.y + window.height)], fill=_GLASS
        )
    for lamp in panel.lamps:
        _dot(pen, lamp, panel.pitch, scale)
    for label in panel.labels:
        _write(pen, label, scale)
    for arrow in panel.arrows:
        pen.polygon([(scale * x, scale * y) for x, y in _corners(arrow)], fill="#fff")
    if drawn is None:
        middle, size = (image.width / 2, image.height / 2), 0.8 * image.height
        pen.text(middle, "?", fill="#9aa0a6", font=ImageFont.load_default(size), anchor="mm")
    out = io.BytesIO()
    image.resize((width, image.height // 2), Image.Resampling.LANCZOS).save(out, "PNG", optimize=True)
    return out.getvalue()


def _dot(pen: ImageDraw.ImageDraw, lamp: Lamp, pitch: float, scale: float) -> None:
    radius = _RADIUS * pitch * scale / (1 if lamp.colour else 2)
    x, y = lamp.x * scale, lamp.y * scale
    pen.ellipse((x - radius, y - radius, x + radius, y + radius), fill=lamp.colour or _FAINT)


def _write(pen: ImageDraw.ImageDraw, label: Label, scale: float) -> None:
    size, text = label.size * scale, label.text
    font = _font(size)
    if font is None:  # Pillow's own has no accents
        font, text = ImageFont.load_default(size), FONTS["F07"].find_folded(text) or text
    too_wide = pen.textlength(text, font=font) / max(1.0, label.width * scale)
    if too_wide > 1:
        font = _font(size / too_wide) or ImageFont.load_default(size / too_wide)
    pen.text((label.x * scale, label.y * scale), text, fill="#fff", font=font, anchor="lm")


def _font(size: float) -> ImageFont.FreeTypeFont | ImageFont.ImageFont | None:
    try:
        return ImageFont.truetype("DejaVuSans.ttf", size)
    except OSError:
        return None
