"""In which language somebody at the desk is spoken to: as chosen now or before, as the browser asks, else French."""

from starlette.requests import Request
from starlette.responses import Response

from gateways.words.language import CODES, get_language

LANGUAGE_COOKIE = "placelibre_lang"
_YEAR_S = 365 * 24 * 3600


def language_code(request: Request) -> str:
    """One of CODES."""
    chosen = request.query_params.get("lang") or request.cookies.get(LANGUAGE_COOKIE, "")
    if chosen in CODES:
        return chosen
    asked = (part.partition(";")[0].strip().partition("-")[0].lower() for part in _accepted(request))
    return next((code for code in asked if code in CODES and get_language(code).reviewed), CODES[0])


def remember_language(request: Request, response: Response) -> None:
    """A language that was chosen by this request stays the reader's."""
    if (chosen := request.query_params.get("lang")) in CODES and chosen is not None:
        response.set_cookie(LANGUAGE_COOKIE, chosen, max_age=_YEAR_S, path="/", samesite="lax")


def _accepted(request: Request) -> list[str]:
    return request.headers.get("accept-language", "")[:200].split(",")
