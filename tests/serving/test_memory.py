"""When memory is given back."""

from __future__ import annotations

from serving.memory import WORTH_IT, AfterTheRush, give_back


def test_it_is_given_back_once_half_of_many_have_left_and_not_for_a_few() -> None:
    given: list[int] = []
    rush = AfterTheRush(lambda: given.append(1))
    for connections in (0, WORTH_IT - 1, 0, 3 * WORTH_IT, 2 * WORTH_IT):
        rush.look(connections)
    assert not given
    rush.look(WORTH_IT)
    rush.look(WORTH_IT)
    assert len(given) == 1
    rush.look(0)
    assert len(given) == 2
    give_back()
