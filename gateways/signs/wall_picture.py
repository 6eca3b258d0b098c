"""The wall of faces as one picture: each sign as a driver sees it, with its name and its state below."""

import io
import math
import unicodedata

from PIL import Image, ImageDraw, ImageFont

from gateways.signs.board import Glance, find_shown
from gateways.signs.pictures import png_of
from gateways.signs.reading import limits_of
from gateways.words.language import Language
from parking.signs.model import Sign

_COLUMNS, _WIDTH, _FACE, _ROOM, _GAP = 4, 360, 132, 52, 16
_GROUND, _INK, _SOFT = "#0d131a", "#eef2f6", "#aab6c3"
_MANY = 400


def draw_wall(glance: Glance, language: Language) -> bytes:
    """A PNG of all signs of a glance, at most 400 of them: a larger one is nothing that anybody could look at."""
    signs = glance.signs[:_MANY]
    columns = min(_COLUMNS, max(1, len(signs)))
    rows = max(1, math.ceil(len(signs) / columns))
    size = (columns * (_WIDTH + _GAP) + _GAP, rows * (_FACE + _ROOM + _GAP) + _GAP)
    wall = Image.new("RGB", size, _GROUND)
    for number, sign in enumerate(signs):
        row, column = divmod(number, columns)
        _draw_sign(wall, sign, glance, language, _GAP + column * (_WIDTH + _GAP), _GAP + row * (_FACE + _ROOM + _GAP))
    out = io.BytesIO()
    wall.save(out, "PNG", optimize=True)
    return out.getvalue()


def _draw_sign(wall: Image.Image, sign: Sign, glance: Glance, language: Language, left: int, top: int) -> None:
    status = glance.statuses.get(sign.id)
    stuck = status.health.stuck if status and status.health else ()
    drawn = png_of(sign, limits_of(glance, sign), find_shown(sign, status), stuck, _WIDTH)
    face = Image.open(io.BytesIO(drawn))
    face.thumbnail((_WIDTH, _FACE), Image.Resampling.LANCZOS)
    wall.paste(face, (left + (_WIDTH - face.width) // 2, top + (_FACE - face.height) // 2))
    pen = ImageDraw.Draw(wall)
    state = language.word(status.state) if status else language.say("wall.not_known")
    alarms = ", ".join(language.word(alarm.kind) for alarm in status.alarms) if status else ""
    texts = (sign.name, f"{state} · {alarms}" if alarms else state)
    for text, height, colour in zip(texts, (4, 26), (_INK, _SOFT), strict=True):
        font, text = _lettering(text)
        while pen.textlength(text, font=font) > _WIDTH and len(text) > 1:
            text = f"{text[:-2]}…"
        pen.text((left, top + _FACE + height), text, fill=colour, font=font)


def _lettering(text: str) -> tuple[ImageFont.FreeTypeFont | ImageFont.ImageFont, str]:
    """A font, and the text in letters that it has: Pillow's own has no accents."""
    try:
        return ImageFont.truetype("DejaVuSans.ttf", 14), text
    except OSError:
        plain = unicodedata.normalize("NFKD", text.replace("\u2019", "'"))
        return ImageFont.load_default(15), "".join(one for one in plain if not unicodedata.combining(one))
