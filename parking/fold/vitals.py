"""What a sensor's last words tell of the sensor. Sets and maxima only: order and repetition change nothing.

A word is a second and the state said then, as one number: ``second << 2 | state``, the state's index in
``space_states.STATES``. Of each slot the eight greatest are kept, newest first, 0 where there were fewer. Seconds count
from 2010 and have 30 bits, so a word from before 2010 or after 2043 is not kept.

A sensor flaps when its last eight words change six times within twenty minutes: no bay turns over that fast. It is not
believed until it has been quiet for ten. Both times are our assumption, to be measured in the street.
"""

from itertools import pairwise

WORDS = 8
FLAPS = 6
FLAP_S = 20 * 60
SETTLED_S = 10 * 60
BEGAN_S = 1_262_304_000
"""2010-01-01T00:00:00Z, in seconds since 1970."""

_SECOND_US = 1_000_000
_LAST = (1 << 30) - 1
Words = tuple[int, ...]


def second_of(observed_us: int) -> int:
    """The second of an instant, or 0 where it is not one that is kept."""
    second = observed_us // _SECOND_US - BEGAN_S
    return second if 0 < second <= _LAST else 0


def instant_us(second: int) -> int:
    """Microseconds since 1970 of such a second."""
    return (second + BEGAN_S) * _SECOND_US


def remember(words: Words, second: int, state: int) -> Words:
    """The eight greatest of these words and a new one."""
    word = second << 2 | state  # so words of one second have an order too, and which eight are kept is never chance
    if not second or word in words or word < words[-1]:
        return words
    return tuple(sorted((*words, word), reverse=True)[:WORDS])


def count_changes(words: Words) -> int:
    """How often the state changes from word to word; what says nothing of the space is passed over."""
    states = [word & 3 for word in words if word & 3]
    return sum(earlier != later for earlier, later in pairwise(states))


def settles_at(words: Words) -> int:
    """The second from which a flapping sensor is believed again, if it keeps quiet; 0 where it does not flap."""
    newest, oldest = words[0] >> 2, words[-1] >> 2
    if not words[-1] or newest - oldest > FLAP_S or count_changes(words) < FLAPS:
        return 0
    return newest + SETTLED_S
