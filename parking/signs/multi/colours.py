"""The colours of a sign, by its scheme: on or off, 255 steps of one colour, ten by number, or any."""

from parking.signs.multi.layout import Rgb

AMBER: Rgb = (255, 208, 0)
BLACK: Rgb = (0, 0, 0)
_CLASSIC: tuple[Rgb, ...] = (
    BLACK, (255, 0, 0), (255, 255, 0), (0, 255, 0), (0, 255, 255), (0, 0, 255), (255, 0, 255), (255, 255, 255),
    (255, 165, 0), AMBER,
)  # fmt: skip


def find_colour(scheme: int | None, values: tuple[int, ...]) -> Rgb | None:
    """The colour of one value, or of red, green and blue; None where the scheme (None: on or off) has it not."""
    if len(values) == 3:
        return (values[0], values[1], values[2]) if scheme == 4 else None
    (value,) = values
    if scheme in (3, 4):
        return _CLASSIC[value] if value < len(_CLASSIC) else None
    if scheme == 2:
        red, green, blue = ((full * value + 1 + (full * value >> 8)) >> 8 for full in AMBER)
        return red, green, blue
    return (BLACK, AMBER)[value] if value < 2 else None
