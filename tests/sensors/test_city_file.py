"""A city's own words from a file: what cannot be used is named in one sentence, and nothing is shown as it came."""

from __future__ import annotations

import json

import pytest

from sensors.catalogue.city_file import CityFileError, read_city, read_outlines

SQUARE = [[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 0.0]]


def outlines(**properties: object) -> bytes:
    polygon = {"type": "Polygon", "coordinates": [SQUARE]}
    return json.dumps({"features": [{"properties": properties, "geometry": polygon}]}).encode()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('name = "\\u001b[31mLe Mans"', "name"),
        ('name = "Le\\nMans"', "name"),
        ('attribution = "a \\u202e b"', "attribution"),
        ('[located]\nfr = "au\\tMans"', "located.fr"),
    ],
)
def test_a_text_that_steers_a_terminal_or_breaks_its_line_is_named(text: str, said: str) -> None:
    with pytest.raises(CityFileError, match=f"{said} .* must be one line") as error:
        read_city("city.toml", text.encode())
    assert str(error.value).isprintable()


def test_the_spaces_of_french_typography_are_no_fault() -> None:
    assert read_city("city.toml", 'licence = "Licence\u00a0: Ouverte\u202f2.0"'.encode()).licence


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"id,name\n", "Expecting value"),
        (b"{}", "must have `features`"),
        (outlines(name="x").replace(json.dumps(SQUARE).encode(), b""), "a ring"),
        (outlines(), "feature 1 is no polygon with a name"),
        (outlines(name="Le\nMans"), "feature 1: its name .* must be one line"),
    ],
)
def test_outlines_that_are_none_say_why_without_the_words_of_python(body: bytes, said: str) -> None:
    with pytest.raises(CityFileError, match=said) as error:
        read_outlines("outlines.geojson", body)
    assert "Error(" not in str(error.value)
