"""Which city is meant where nobody says."""

from __future__ import annotations

import pytest

from ops.cities import WhichCityError, choose_known


def test_the_only_city_is_meant_and_of_several_none() -> None:
    assert choose_known(None, ["lemans"]) == "lemans"
    assert choose_known("rennes", ["lemans"]) == "rennes"
    with pytest.raises(WhichCityError, match="known: lemans, rennes"):
        choose_known(None, ["rennes", "lemans"])


def test_before_there_is_any_city_that_is_said_with_what_makes_one() -> None:
    with pytest.raises(WhichCityError, match=r"no city is known yet.*--tenant.*city set"):
        choose_known(None, [])
