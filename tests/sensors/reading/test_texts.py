"""Names and ids as sources write them."""

import pytest

from parking.words import RejectReason
from sensors.contract import RecordRefusedError
from sensors.reading.texts import required_text


@pytest.mark.parametrize(("value", "text"), [("a b ", "a b"), (7, "7"), ("7", "7")])
def test_a_short_text_or_a_whole_number_is_a_name(value: object, text: str) -> None:
    assert required_text({"id": value}, "id") == text


@pytest.mark.parametrize("value", [None, "", "  "])
def test_what_is_missing_is_refused_as_missing(value: object) -> None:
    with pytest.raises(RecordRefusedError) as refused:
        required_text({"id": value}, "id")
    assert refused.value.reason is RejectReason.MISSING_FIELD


@pytest.mark.parametrize("value", [True, 1.5, [], {}, "x" * 65, "a\x00b", 10**30])
def test_what_names_nothing_is_refused_as_of_the_wrong_type(value: object) -> None:
    with pytest.raises(RecordRefusedError) as refused:
        required_text({"id": value}, "id")
    assert refused.value.reason is RejectReason.WRONG_TYPE
