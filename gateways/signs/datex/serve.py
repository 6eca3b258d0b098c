"""The publications by HTTP: ``/v1/datex/table.xml`` and ``/v1/datex/status.xml``, for anyone."""

import re
from datetime import UTC, datetime

from msgspec.structs import replace
from starlette.requests import Request
from starlette.responses import Response

from gateways.signs.board import Glance, SignBoard
from gateways.signs.datex.elements import Publisher
from gateways.signs.datex.status import render_status
from gateways.signs.datex.table import PublishedSigns, render_table, select_published
from gateways.signs.reading import OPEN_TO_ALL, limits_of, read_choices, tagged
from serving.problems import ProblemDocument

_COUNTRY = re.compile(r"[a-z]{2}")


class SignPublications:
    """The endpoints. The publisher is the city, in the ``country`` that is asked for, or in France."""

    def __init__(self, board: SignBoard) -> None:
        self._board = board

    async def table(self, request: Request) -> Response:
        """GET /v1/datex/table.xml."""
        publisher, published, _ = await self._find(request)
        return _answer(request, render_table(published, publisher, datetime.now(UTC)))

    async def status(self, request: Request) -> Response:
        """GET /v1/datex/status.xml: of a sign whose status is too old to be believed, nothing is said."""
        publisher, published, look = await self._find(request)
        return _answer(request, render_status(published, look.statuses, publisher, datetime.now(UTC)))

    async def _find(self, request: Request) -> tuple[Publisher, PublishedSigns, Glance]:
        country = read_choices(request, {"country": ()}).get("country", "fr")
        if not _COUNTRY.fullmatch(country):
            allowed = "two small letters, like fr"
            raise ProblemDocument(400, "Bad request", f"{country!r:.40} is no country", "country", allowed)
        look, tenant = await self._board.look(), self._board.port.tenant
        signs = [replace(sign, limits=limits_of(look, sign)) for sign in look.signs]
        return Publisher(country, tenant), select_published(tenant, signs), look


def _answer(request: Request, document: bytes | None) -> Response:
    if document is None:
        raise ProblemDocument(404, "Not found", "no sign stands here: the schema knows no empty publication")
    return tagged(request, document, "application/xml", OPEN_TO_ALL)
