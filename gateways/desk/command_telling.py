"""What came of one command, by its id. Who did what is told by the audit (``gateways.desk.audit``)."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from gateways.desk.command_documents import command_document
from gateways.desk.command_port import CommandPort
from gateways.desk.command_routes import answered, done
from gateways.desk.reporting import Doorkeeper
from parking.desk.operators import Role
from parking.desk.said import place_of
from serving.problems import ProblemDocument


class CommandTelling:
    """The endpoint."""

    def __init__(self, port: CommandPort, door: Doorkeeper) -> None:
        self._port, self._door = port, door

    def list_routes(self) -> list[BaseRoute]:
        """Where it is."""
        return [Route("/v1/desk/commands/{decision}", self.one)]

    async def one(self, request: Request) -> Response:
        """GET /v1/desk/commands/{decision}: open, acted, refused or failed and why, and whether it shows yet."""
        await self._door.require(request, Role.VIEW, self._port.tenant)
        record, now = await done(self._port.record_now(is_fresh=True)), await done(self._port.now())
        decision = request.path_params["decision"]
        if (said := record.find(decision)) is None:
            raise ProblemDocument(404, "Not found", f"no command {decision:.40} stands in the record of late")
        sight = await done(self._port.find_place(place)) if (place := place_of(said.decision.subject)) else None
        return answered(command_document(said, now, sight and sight.known), ETag=f'"{said.decision.id}"')
