"""Whatever a sender calls itself, the flood guard's memory is bounded."""

from sensors.intake.flood import Admission, FloodGuard
from tests.support import at


def test_a_name_of_any_length_takes_no_more_room_and_is_still_one_sender() -> None:
    guard = FloodGuard(burst=1)
    names = ["x" * 100_000, "x" * 100_000 + "y"]
    assert [guard.admit(name, at(0)) for name in names] == [Admission.ADMITTED] * 2
    assert [guard.admit(name, at(0)) for name in names] == [Admission.FIRST_REFUSED] * 2
    assert max(map(len, guard._buckets)) < 200
