"""The desk's commands and their description agree, asked by schemathesis for what the document allows and forbids."""

from __future__ import annotations

import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_schema_conformance,
    status_code_conformance,
)

from gateways.desk.described import COMMAND_PATHS, COMMAND_SCHEMAS
from gateways.desk.serve import DeskRoom, describe_desk
from tests.gateways.desk.commands_world import DeskUnderTest

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    negative_data_rejection,
]
"""Not that all that the document allows is taken: no schema can say "after now" or "no more than the capacity"."""
api = schemathesis.openapi.from_dict(describe_desk([DeskRoom("commands", (), COMMAND_PATHS, COMMAND_SCHEMAS)]))
api.app = DeskUnderTest().app


@api.parametrize()
@settings(max_examples=40, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck))
def test_what_is_answered_is_what_is_described(case: schemathesis.Case) -> None:
    if "id" in (case.path_parameters or {}) and len(str(case.path_parameters["id"])) % 2:
        case.path_parameters["id"] = "p1"
    response = case.call(headers={"Authorization": "Bearer leroy"})
    case.validate_response(response, checks=CHECKS)
