"""What others wrote can be seen, and does nothing."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parking.printable import is_one_line, visible, visible_json


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Decré-Bouffay", "Decré-Bouffay"),
        ("12\u00a0000 places\u202f!", "12\u00a0000 places\u202f!"),
        ("a\x1b[31mred", r"a\x1b[31mred"),
        ("a\nb\r\tc", r"a\nb\r\tc"),
        ("\u202egnp.exe", r"\u202egnp.exe"),
        ("\x9b2J\x7f", r"\x9b2J\x7f"),
        ("\udc80", r"\udc80"),
        ("\U000e0041", r"\U000e0041"),
    ],
)
def test_what_cannot_be_seen_is_spelt_out(text: str, shown: str) -> None:
    assert visible(text) == shown


def test_a_line_break_of_our_own_may_stay() -> None:
    assert visible("a\nb\x1b", keep="\n") == "a\nb\\x1b"


@given(st.text(st.characters()))
def test_nothing_that_was_shown_can_steer_or_turn(text: str) -> None:
    shown = visible(text)
    assert is_one_line(shown)
    assert visible(shown) == shown
    shown.encode()  # also where the text could not be


@given(st.dictionaries(st.text(st.characters()), st.text(st.characters()) | st.integers()))
def test_json_says_the_same_with_nothing_hidden_in_it(document: dict) -> None:
    shown = visible_json(json.dumps(document, ensure_ascii=False, indent=1))
    assert json.loads(shown) == document
    assert is_one_line(shown.replace("\n", ""))
