"""The desk over HTTP as a terminal asks it: with a token, and with If-Match of what was just looked at."""

import uuid
from typing import Any
from urllib.parse import quote

import httpx

from ops.settings import Settings
from parking.errors import ParkingError

ASKED_WITHIN_S = 30.0


class DeskSaysNoError(ParkingError):
    """The desk refused, or does not answer; the message is the desk's own, or says what to do."""


class DeskClient:
    """One desk. Each command has an Idempotency-Key, so that a connection that breaks costs no second one."""

    def __init__(self, settings: Settings) -> None:
        self.address = settings.desk_url or f"http://{settings.desk_listen}"
        token = settings.desk_token
        if token is None:
            raise DeskSaysNoError(
                "set PLACELIBRE_DESK_TOKEN to a token that the desk knows (one of its setting desk_tokens)"
            )
        self._headers = {"Authorization": f"Bearer {token.get_secret_value()}"}

    def get(self, path: str, **query: str) -> tuple[Any, str | None]:
        """A document, and its ETag. Raises DeskSaysNoError."""
        reply = self._ask("GET", path, params=query)
        return reply.json(), reply.headers.get("etag")

    def say(self, method: str, path: str, body: Any, seen: str | None = None) -> Any:
        """A command, sent twice where the first try broke on its way; what came of it. Raises DeskSaysNoError."""
        headers = {"Idempotency-Key": str(uuid.uuid4())} | ({"If-Match": seen} if seen else {})
        try:
            return self._ask(method, path, json=body, headers=headers).json()
        except _BrokenError:
            return self._ask(method, path, json=body, headers=headers).json()

    def _ask(self, method: str, path: str, headers: dict[str, str] | None = None, **more: Any) -> httpx.Response:
        url = f"{self.address.rstrip('/')}/v1/desk/{path}"
        try:
            reply = httpx.request(method, url, headers=self._headers | (headers or {}), timeout=ASKED_WITHIN_S, **more)
        except httpx.HTTPError as error:
            raise _BrokenError(
                f"the desk at {self.address} does not answer ({type(error).__name__}): does `placelibre desk run` run?"
            ) from error
        if reply.is_success:
            return reply
        try:
            detail = str(reply.json()["detail"])
        except (ValueError, KeyError, TypeError):
            detail = "it says no reason: is this address a desk's?"
        raise DeskSaysNoError(f"the desk says {reply.status_code}: {detail}")


class _BrokenError(DeskSaysNoError):
    """Whether it was heard is not known."""


def place_path(place: str, what: str) -> str:
    """The path of something of a place, whatever its id holds."""
    return f"places/{quote(place, safe='')}/{what}"
