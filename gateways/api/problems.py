"""What the gateway says where it cannot answer: which field is at fault, or that nothing is known yet."""

from http import HTTPStatus

from starlette.exceptions import HTTPException
from starlette.requests import Request

from serving.headers import ANY_ORIGIN
from serving.problems import ProblemDocument, problem_handlers

RETRY_S = 5


def bad_field(field: str, value: object, allowed: str) -> ProblemDocument:
    """A request parameter outside its range."""
    return ProblemDocument(400, "Bad request", f"{field} is {value!r:.80}; it must be {allowed}", field, allowed)


def not_ready(why: str) -> ProblemDocument:
    """We cannot answer now, and may soon."""
    return ProblemDocument(503, "Not ready", why, headers={"Retry-After": str(RETRY_S)})


def not_known_yet(tenant: str, why: str) -> ProblemDocument:
    """Nothing can be answered before the first snapshot."""
    return not_ready(f"nothing is known of {tenant} yet: {why}")


def _refusal(request: Request, error: HTTPException) -> str:
    """What Starlette itself refuses, in a sentence that says what to do."""
    if error.detail != HTTPStatus(error.status_code).phrase:
        return error.detail  # a sentence of our own
    return {
        404: f"there is nothing at {request.scope['path']:.200}; /docs lists what there is",
        405: f"{request.method} is not served at {request.scope['path']:.200}; use GET",
    }.get(error.status_code, error.detail)


HANDLERS = problem_handlers(_refusal, "this is a mistake of placelibre's, not yours; its log says more", ANY_ORIGIN)
