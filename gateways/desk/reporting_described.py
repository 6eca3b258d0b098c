"""Its part of the desk's OpenAPI document: looks back, the round, the audit."""

from typing import Any

from gateways.desk.past import REPORT_TABLES

_PROBLEM = {"description": "a problem (RFC 9457) that says why"}
_BAD = {"400": _PROBLEM, "401": _PROBLEM, "403": _PROBLEM, "503": _PROBLEM}
_ANYBODY: list[dict[str, list[str]]] = [{"token": []}, {"session": []}]
_TEXT = {"type": "string"}
_COUNT = {"type": "integer", "minimum": 1}
_INSTANT = {"type": "string", "format": "date-time"}
_CSV = {"text/csv": {"schema": {"type": "string"}}}

_FILES: dict[str, Any] = {
    "application/zip": {},
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": {},
}


def _get(summary: str, schema: str, *parameters: dict[str, Any], more: dict[str, Any] | None = None) -> dict[str, Any]:
    """A GET that answers with a schema, and in other forms beside."""
    forms = {"application/json": {"schema": {"$ref": f"#/components/schemas/{schema}"}}, **(more or {})}
    return {
        "get": {
            "summary": summary,
            "security": _ANYBODY,
            "parameters": list(parameters),
            "responses": {"200": {"description": summary, "content": forms}, **_BAD},
        }
    }


def _query(name: str, schema: dict[str, Any], about: str, *, required: bool = False) -> dict[str, Any]:
    return {"name": name, "in": "query", "required": required, "schema": schema, "description": about}


_FORM = _query("form", {"enum": ["json", "csv"]}, "json unless said otherwise")
REPORTING_PATHS: dict[str, Any] = {
    "/v1/desk/places/{id}/day": _get(
        "what was published of a place on a day, beside what is usual on such days", "DeskDay",
        {"name": "id", "in": "path", "required": True, "schema": _TEXT},
        _query("date", {"type": "string", "format": "date"}, "by the city's clock; the last that is known"),
    ),
    "/v1/desk/at": _get(
        "the whole desk as it was", "DeskThen",
        _query("time", _TEXT, "2026-05-04T14:30 is the city's time; or with Z or an offset", required=True),
    ),
    "/v1/desk/round": _get(
        "devices to repair, in walking order", "DeskRound", _query("start", _TEXT, "lon,lat where it begins"),
        _query("stops", _COUNT, "at most so many"), _query("minutes", _COUNT, "walk and work together"),
        _query("problem", _TEXT, "only this problem"), _FORM, more=_CSV,
    ),
    "/v1/desk/report": {
        "get": {
            "summary": "the month report, as a workbook or as CSV",
            "security": _ANYBODY,
            "parameters": [
                _query("month", {"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}$"}, "like 2026-10", required=True),
                _query("form", {"enum": ["xlsx", "csv"]}, "csv of all tables is a zip"),
                _query("table", {"enum": list(REPORT_TABLES)}, "one table alone"),
            ],
            "responses": {"200": {"description": "the file", "content": {**_CSV, **_FILES}}, **_BAD, "409": _PROBLEM},
        }
    },
    "/v1/desk/trouble/export": {
        "get": {
            "summary": "what is wrong now, to take along: unknown places, devices to look at, alarms",
            "security": _ANYBODY,
            "parameters": [_query("form", {"enum": ["xlsx", "csv"]}, "csv is a zip of tables")],
            "responses": {"200": {"description": "the file", "content": _FILES}, **_BAD},
        }
    },
    "/v1/desk/audit": _get(
        "who did what, newest first", "DeskAudit", _query("author", _TEXT, "exactly this name"),
        _query("subject", _TEXT, "how its subject begins, like place: or sign:A12/"),
        _query("rule", _TEXT, "how its rule begins, like desk."), _query("since", _INSTANT, "a day ago"),
        _query("until", _INSTANT, "now"), _query("after", _TEXT, "the next of the page before"),
        _query("limit", {**_COUNT, "maximum": 1000}, "entries of a page; CSV has all"),
        _query("who", {"enum": ["people", "all"]}, "people's decisions, or those of rules as well"), _FORM, more=_CSV,
    ),
    "/v1/desk/audit/verification": _get("whether the record is as it was", "DeskVerification"),
}  # fmt: skip


def _object(required: str, about: str) -> dict[str, Any]:
    return {"type": "object", "required": required.split(), "description": about}


REPORTING_SCHEMAS: dict[str, Any] = {
    "DeskDay": _object(
        "id name date zone from to known_until curve usual now",
        "curve: stretches in which nothing changed, each a number or why it is unknown; usual: of each quarter of an "
        "hour the 10th, 50th and 90th percent of what stood, the share of time known, and on how many days it rests",
    ),
    "DeskThen": _object(
        "tenant at understood label is_past history decisions places set_by_hand alarms signs sign_overrides",
        "places as `placelibre at` says them; what is null was not kept, decisions.trouble says why",
    ),
    "DeskRound": _object(
        "tenant as_of start stops walk_m estimated_min left_out without_point", "metres are straight lines"
    ),
    "DeskAudit": _object("tenant since until total entries next trouble", "trouble: what may be missing, and why"),
    "DeskVerification": _object("verified_at is_whole records chains findings seal", "read at most every 10 minutes"),
}
