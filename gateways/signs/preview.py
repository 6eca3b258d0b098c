"""What an override would look like, before anybody gives it: planned and drawn as the controller would."""

from collections.abc import Iterable
from datetime import datetime, timedelta, tzinfo

from starlette.requests import Request
from starlette.responses import Response

from gateways.signs.reading import SignReads, limits_of, picture
from parking.signs.face import Face
from parking.signs.model import Sign, SignLimits
from parking.signs.orders import Override
from parking.signs.planner import plan_sign
from parking.signs.words import InvalidSignError, OrderReason, SignMessage, SignMode
from serving.problems import ProblemDocument

_SAYS = ("true", "false")
LINES_ALLOWED = f"a line's number and its message, like 1=closed; messages are {', '.join(SignMessage)}"


class SignPreviews:
    """The endpoint."""

    def __init__(self, reads: SignReads) -> None:
        self._reads = reads

    async def preview(self, request: Request) -> Response:
        """GET /v1/signs/{id}/preview.svg or .png?line=1=closed&line=2=full, or ?test_pattern=true."""
        texts, test = [], False
        for name, value in request.query_params.multi_items():
            if name == "line":
                texts.append(value)
            elif name == "test_pattern" and value in _SAYS:
                test = value == "true"
            else:
                allowed = ", ".join(_SAYS) if name == "test_pattern" else "line, test_pattern"
                raise ProblemDocument(400, "Bad request", f"{name}={value!r:.80} is none here", name[:80], allowed)
        glance, sign = await self._reads.find(request)
        try:
            lines = read_lines(texts)
            face = preview_face(
                sign, limits_of(glance, sign), lines, test=test, now=glance.city.now, zone=glance.city.zone
            )
        except InvalidSignError as error:
            raise ProblemDocument(422, "Unprocessable content", str(error), "line", LINES_ALLOWED) from None
        return await picture(request, sign, limits_of(glance, sign), face)


def preview_face(
    sign: Sign, limits: SignLimits, lines: dict[int, SignMessage], *, test: bool, now: datetime, zone: tzinfo
) -> Face:
    """The face of an override; a line for whose message no form has room is dark. Raises InvalidSignError."""
    numbers = [line.number for line in sign.lines]
    if unknown := sorted(set(lines) - set(numbers)):
        raise InvalidSignError(f"sign {sign.id} has no line {unknown[0]}; its lines are {numbers}")
    if test and lines:
        raise InvalidSignError("a test pattern lights every pixel: name no lines with it")
    if sign.mode is SignMode.OUT_OF_SERVICE:
        raise InvalidSignError(f"sign {sign.id} is out of service, and stays dark")
    order = Override(
        reason=OrderReason.TESTING, author="preview", expires_at=now + timedelta(hours=1), lines=lines, test=test
    )
    return plan_sign(sign, limits, {}, {}, {}, order, now, zone).face


def read_lines(texts: Iterable[str]) -> dict[int, SignMessage]:
    """``1=closed`` as a line and its message. Raises InvalidSignError with what could be said instead."""
    lines: dict[int, SignMessage] = {}
    for text in texts:
        number, _, word = text.partition("=")
        if not (number.isascii() and number.isdecimal() and len(number) < 4) or word not in list(SignMessage):
            raise InvalidSignError(f"line {text!r:.60} must be like 1=closed; messages are {', '.join(SignMessage)}")
        if int(number) in lines:
            raise InvalidSignError(f"line {int(number)} is named twice")
        lines[int(number)] = SignMessage(word)
    return lines
