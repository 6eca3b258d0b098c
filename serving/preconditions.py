"""If-Match: which state of a thing somebody has seen who changes it (RFC 9110, 13.1.1; RFC 6585 for 428)."""

from starlette.requests import Request

from serving.entity_tags import bare_tag, list_tags
from serving.problems import ProblemDocument


def find_seen(request: Request, what: str) -> str | None:
    """What the client has seen, by its one ETag in whatever coding it came; None where it does not say.

    ``what`` it is stands in the problem.
    """
    given = request.headers.get("if-match")
    if given is None:
        return None
    tags = list_tags(given)
    if len(tags) != 1 or not tags[0].strip('"'):
        raise ProblemDocument(400, "Bad request", f"If-Match names one {what} by its ETag", "If-Match", "one ETag")
    return bare_tag(tags[0]).strip('"')


def get_seen(request: Request, what: str, where: str) -> str:
    """What the client has seen, which it must say: ``where`` it gets the ETag stands in the problem."""
    if (seen := find_seen(request, what)) is None:
        detail = f"say by If-Match which {what} is meant: its ETag as {where} gives it"
        raise ProblemDocument(428, "Precondition required", detail, "If-Match", f"the ETag of the {what}")
    return seen
