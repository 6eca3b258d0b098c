"""Which sources come over a wire, and which only we ourselves say."""

import pytest

from sensors.registry import ADAPTERS, NotPublicError, UnknownSourceError, get_adapter, get_public, list_public


def test_what_people_order_comes_from_the_desk_alone() -> None:
    assert ADAPTERS.keys() - set(list_public()) == {"operator"}
    assert get_adapter("operator").INFO.id == "operator"
    with pytest.raises(NotPublicError, match=r"only the desk sends it.*docs/desk\.md"):
        get_public("operator")


def test_every_other_source_is_for_whoever_may_send() -> None:
    assert get_public("counter") is get_adapter("counter")
    with pytest.raises(UnknownSourceError) as refused:
        get_public("paris")
    assert "operator" not in str(refused.value)
