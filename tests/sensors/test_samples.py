"""The numbers of makes in the simulated city: given, never found, so that a new one moves nobody."""

import pytest

from sensors import samples
from sensors.samples import SampleError, read_makes
from sensors.sources.placepod import samples as placepod


def test_the_makes_have_the_numbers_they_always_had() -> None:
    assert read_makes()[:7] == (
        "bosch_tps110", "nwave_nps405", "nwave_nps310sm", "placepod", "libelium_parking", "dingtek_do200", "tekzipark",
    )  # fmt: skip


@pytest.mark.parametrize("number", [0, 2, 50, -1])
def test_a_number_that_is_taken_or_leaves_one_out_is_refused_with_the_next_free(
    number: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(placepod, "MAKE", number)
    with pytest.raises(SampleError, match="3 is the next free"):
        read_makes()


def test_a_frame_travels_in_a_message_of_chirpstack() -> None:
    assert b'"fPort": 3, "data": "AQ=="' in samples.as_message(3, "01")
