"""A right that Redis refuses its user: a sentence that names the command, where the line with all of them stands."""

import re

from redis.exceptions import NoPermissionError, ResponseError

from parking.errors import ParkingError

LINES_ARE = "the ACL line of docs/operate.md, Rights in Redis"
_IN_A_FUNCTION = "ACL failure in script"
_COMMAND = re.compile(r"permissions? to run the '([^']+)' command")


class RightRefusedError(ParkingError, ResponseError):
    """Redis' user may not do what is needed; nothing mends that but whoever gives rights, so nobody tries again."""

    def __init__(self, said: str) -> None:
        found = _COMMAND.search(said)
        what = f"the command {found[1].upper().replace('|', ' ')}" if found else "a key of ours"
        super().__init__(f"Redis refuses its user {what} ({said}): give that user {LINES_ARE}")


class NoFunctionsError(ParkingError, ResponseError):
    """Redis has none of our functions, and its user may not load them; a worker, which may, ends the waiting."""

    def __init__(self) -> None:
        super().__init__(
            f"Redis has none of our functions, and its user may not load them (FUNCTION LOAD): start a worker, whose "
            f"user may by {LINES_ARE}"
        )


def find_refused(error: ResponseError) -> RightRefusedError | None:
    """The sentence, where this error is about rights; by a function of ours Redis says so in words alone."""
    said = str(error)
    if isinstance(error, NoPermissionError) or said.startswith(_IN_A_FUNCTION):
        return RightRefusedError(said)
    return None
