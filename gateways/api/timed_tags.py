"""ETags of answers that carry ages: 304 says that nothing was said since, and that what is held is still young.

Such an answer differs from second to second although nothing happened: its ``now`` and every ``age_s`` grow. So its
tag is weak, and names two things: what it says apart from those, and when it was made. A client that holds the same
gets 304 for HELD_S seconds; after that it gets it anew, so that no ``age_s`` it shows is ever further off than that.
"""

import re
from datetime import datetime

from serving.entity_tags import digest, list_tags

HELD_S = 10
_PASSING = re.compile(rb'"(?:now":"[^"]*|age_s":(?:\d+|null))')
_TAG = re.compile(r'W/"([0-9a-f]+)\.(\d+)"')


def timed_tag(body: bytes, now: datetime) -> str:
    """The tag of an answer made now; the same wherever it was made."""
    return f'W/"{digest(_PASSING.sub(b"", body))}.{int(now.timestamp())}"'


def find_young(if_none_match: str | None, tag: str) -> str | None:
    """A tag the client holds that says the same as ``tag`` and is no more than HELD_S older; else None.

    One of the future is not believed: a replay's clock may have begun anew.
    """
    ours = _TAG.fullmatch(tag)
    for held in list_tags(if_none_match):
        theirs = _TAG.fullmatch(held)
        if ours and theirs and theirs[1] == ours[1] and 0 <= int(ours[2]) - int(theirs[2]) <= HELD_S:
            return held
    return None
