"""The signs' server and its description agree, asked by schemathesis for what the document allows and forbids."""

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

from gateways.signs.described import describe_signs
from gateways.signs.serve import create_signs_app
from tests.gateways.signs.desk_world import TOKENS, FakePort, FakeRecord, every_state

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    negative_data_rejection,
]
"""Not that all that the document allows is taken: no schema can say "after now" or "a line that this sign has"."""
PORT = FakePort(*every_state())
api = schemathesis.openapi.from_dict(describe_signs())
api.app = create_signs_app(PORT, FakeRecord(PORT), TOKENS)


@api.parametrize()
@settings(max_examples=40, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck))
def test_what_is_answered_is_what_is_described(case: schemathesis.Case) -> None:
    if "id" in (case.path_parameters or {}) and len(str(case.path_parameters["id"])) % 2:
        case.path_parameters["id"] = "shows"
    headers = {"Authorization": f"Bearer {TOKENS['m.durand']}"}
    response = case.call(headers=headers)
    case.validate_response(response, checks=CHECKS)
