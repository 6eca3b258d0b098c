"""Showing what an adapter makes of a frame or a file, without Kafka and Redis."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer
from rich.markup import escape
from rich.table import Table

from gateways.words.language import Language
from ops.console import out, print_json, settings_of
from parking.errors import ParkingError
from parking.observations import Envelope
from parking.printable import visible
from parking.rejects import Reject
from sensors.contract import Decoded
from sensors.registry import FRAME_ADAPTERS, get_adapter
from sensors.samples import read_samples
from sensors.uplink import MAX_PAYLOAD_BYTES, Uplink

MAX_LISTED = 50
SHOWN_INPUT = 80
NOBODY = "0" * 16
EXAMPLE_CITY = "example"
"""Of sources that tell of no city of their own: nothing of this goes anywhere."""

_ENVELOPE = {*Envelope.__struct_fields__, "type", "diagnostics"}


class NothingToDecodeError(ParkingError):
    """What was given is neither a file nor a frame of this source; the message says what to give."""


def decode(
    context: typer.Context,
    source: Annotated[str, typer.Argument(help="see `placelibre adapters`", show_default=False)],
    what: Annotated[str, typer.Argument(metavar="HEX|FILE", help="a frame in hex, or a file", show_default=False)],
    port: Annotated[int | None, typer.Option(help="LoRaWAN fPort of a frame; default: the source's usual one",
                                             min=0, max=255)] = None,
    as_json: Annotated[bool, typer.Option("--json", help="JSON on standard output")] = False,
) -> None:  # fmt: skip
    """Show what is read from one radio message of a LoRaWAN sensor, or from a file, and what of it is refused.

    A file of a LoRaWAN source holds messages of a network server (docs/intake.md): one, or one a line. A
    frame is taken as heard now, from the device 0000000000000000.

    [bold]Examples[/bold]: placelibre decode nwave_nps405 95 --port 1 ·
    placelibre decode nwave_nps405 samples/exempleville/uplink.json --json
    """
    decoded = _decode(source, what, port)
    if as_json:
        print_json(
            {
                "observations": [msgspec.to_builtins(seen) for seen in decoded.observations],
                "rejects": [msgspec.to_builtins(reject) | {"raw": reject.raw.hex()} for reject in decoded.rejects],
            }
        )
    else:
        _print(settings_of(context).language, source, decoded)


def _decode(source: str, what: str, port: int | None) -> Decoded:
    adapter, now = get_adapter(source), datetime.now(UTC)
    tenant = adapter.INFO.tenant or EXAMPLE_CITY
    path = Path(what)
    if _is_file(path):
        if port is not None:
            raise NothingToDecodeError(f"{what} is a file, whose messages state their port: leave --port out")
        try:
            body = path.read_bytes()
        except OSError as error:
            raise NothingToDecodeError(f"{what} cannot be read: {error.strerror}") from error
        return adapter.decode(body, tenant=tenant, received_at=now, recorded=True)
    if source not in FRAME_ADAPTERS:
        raise NothingToDecodeError(
            f"there is no file {what}; {source} reads files only, since only LoRaWAN sensors send frames"
        )
    usual, _ = read_samples(source).frames[0]
    uplink = Uplink(NOBODY, usual if port is None else port, 0, _from_hex(what), None)
    return FRAME_ADAPTERS[source].decode_frame(uplink, tenant=tenant, received_at=now)


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):  # a frame may be too long a name, or hold what no name can
        return False


def _from_hex(text: str) -> bytes:
    digits = "".join(text.split()).lower().removeprefix("0x").replace(":", "")
    if digits.strip("0123456789abcdef"):
        raise NothingToDecodeError(f"{text[:SHOWN_INPUT]!r} is neither a file nor hex digits")
    if len(digits) % 2:
        raise NothingToDecodeError(
            f"{len(digits)} hex digits do not make whole bytes: one is missing, or there is one too many"
        )
    if len(digits) > 2 * MAX_PAYLOAD_BYTES:
        raise NothingToDecodeError(f"{len(digits) // 2} bytes; a LoRaWAN frame has at most {MAX_PAYLOAD_BYTES}")
    return bytes.fromhex(digits)


def _print(language: Language, source: str, decoded: Decoded) -> None:
    observations, rejects = decoded.observations, decoded.rejects
    if observations:
        heads = (language.say(f"decode.{name}") for name in ("what", "device", "observed", "said"))
        table = Table(*heads, title=escape(source))
        for seen in observations[:MAX_LISTED]:
            table.add_row(*map(_plain, _row(msgspec.to_builtins(seen))))
        out.print(table)
    if rejects:
        heads = (language.say(f"decode.{name}") for name in ("reason", "detail", "bytes"))
        table = Table(*heads, title=language.say("decode.refused"))
        for reject in rejects[:MAX_LISTED]:
            table.add_row(*map(_plain, (reject.reason, reject.detail, _hex(reject))))
        out.print(table)
    summary = language.say("decode.summary", observations=len(observations), rejects=len(rejects), shown=MAX_LISTED)
    out.print(summary, highlight=False, soft_wrap=True)


def _row(seen: dict[str, Any]) -> tuple[str, str, str, str]:
    own = {name: value for name, value in seen.items() if name not in _ENVELOPE}
    diagnostics = dict(seen.get("diagnostics", {}))
    more = diagnostics.pop("more", {})
    said = " ".join(f"{name}={value}" for name, value in (own | diagnostics | more).items())
    return seen["type"], seen["device_id"], f"{seen['observed_at']} ({seen['time_basis']})", said


def _hex(reject: Reject) -> str:
    return reject.raw[: SHOWN_INPUT // 2].hex() + ("…" if reject.raw_length > SHOWN_INPUT // 2 else "")


def _plain(text: str) -> str:
    """Nothing from a wire moves the cursor or sets a colour."""
    return escape(visible(text))
