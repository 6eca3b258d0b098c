"""What a sign shows, whatever its protocol: texts at their places, or nothing."""

from typing import NamedTuple

from parking.signs.words import Arrow


class FaceLine(NamedTuple):
    """One line as it is to be lit; ``legend`` is empty where it is printed on the panel, both are where it is dark.

    Texts are in the characters of the sign's font already, and fit. ``is_red`` where the sign has colours.
    """

    number: int
    legend: str = ""
    value: str = ""
    arrow: Arrow | None = None
    is_red: bool = False

    @property
    def is_dark(self) -> bool:
        """Whether nothing of it is lit."""
        return not self.legend and not self.value


class Face(NamedTuple):
    """All lines of a sign; one whose lines are all dark is dark itself. ``is_pattern``: every pixel, for a test."""

    lines: tuple[FaceLine, ...] = ()
    is_pattern: bool = False

    @property
    def is_dark(self) -> bool:
        """Whether nothing is lit."""
        return not self.is_pattern and all(line.is_dark for line in self.lines)


DARK = Face()
