"""Tags and what a client holds."""

from __future__ import annotations

import pytest

from serving.entity_tags import coded_tag, find_held, strong_tag


def test_a_tag_changes_with_the_body_alone() -> None:
    assert strong_tag(b"a") == strong_tag(b"a") != strong_tag(b"b")


@pytest.mark.parametrize(
    ("held", "found"),
    [
        ('"abc"', '"abc"'),
        ('"abc-br"', '"abc-br"'),
        ('"x", "abc-gzip"', '"abc-gzip"'),
        ('W/"abc"', 'W/"abc"'),
        ("*", "*"),
        ('"abcd"', None),
        ("abc", None),
        ("", None),
        (None, None),
        (",,", None),
    ],
)
def test_who_holds_it_in_any_coding_is_found(held: str | None, found: str | None) -> None:
    assert find_held(held, '"abc"') == found


def test_each_coding_of_a_strong_tag_is_another() -> None:
    assert {coded_tag('"a"', "br"), coded_tag('"a"', "gzip"), coded_tag('W/"a"', "br")} == {
        '"a-br"',
        '"a-gzip"',
        'W/"a"',
    }
