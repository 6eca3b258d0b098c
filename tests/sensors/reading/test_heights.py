"""Heights as people write them: the lowest counts, and what is no metric height is none."""

import pytest

from sensors.reading.heights import read_height


@pytest.mark.parametrize(
    ("text", "lowest_cm", "is_plain"),
    [
        ("2.00m", 200, True), ("1,90", 190, True), ("190", 190, True), ("", None, True), ("N/A", None, True),
        ("2.20m niveau-1; 1.90m niveau -2, -3", 190, False), ("2.1m-1.9m", 190, False), ("2.10-1.90 m", 190, False),
        ("200-190cm", 190, False), ("2.20m -1", 220, False), ("EG 2.10m/UG1.90m", 190, False),
        ("l'entrée 1,90 m", 190, False), ("2,10 m (3,5 t)", 210, False), ("3.5t", None, False),
        ("6'6\"", None, False), ("6'8", None, False), ("6 ft", None, False), ("6.5 ft", None, False),
        ("7 feet", None, False), ("6ft 8in", None, False), ("Camping-Car", None, False),
    ],
)  # fmt: skip
def test_a_height_is_the_lowest_that_is_named_in_metres_or_centimetres(
    text: str, lowest_cm: int | None, is_plain: bool
) -> None:
    assert read_height(text) == (lowest_cm, is_plain)
