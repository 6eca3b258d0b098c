"""The approach signs of the demonstration: made-up signs, in software, that count the real car parks of Nantes.

Where the city's own signs stand, and of which make they are, nobody has published: these are none of them, and say so.
"""

import math
import socket
from collections.abc import Iterable

import msgspec

from parking.catalogue.model import Place, Point
from parking.signs.model import Cell, NtcipOptions, Sign, SignLimits, SignLine, TediOptions
from parking.signs.words import Arrow, SignProtocol

LINES_A_SIGN = 3
_PREFIX = "Parking "
_ROW = 10
_CELL = Cell(width=34, height=7, characters=7)
_MATRIX = SignLimits(
    width_px=160,
    height_px=32,
    char_width_px=0,
    char_height_px=0,
    pitch_mm=20,
    width_mm=3400,
    height_mm=840,
    sign_type=6,
    colour_scheme=1,
    tags=("cb", "cf", "fo", "jl", "jp", "nl", "np", "pt", "sc", "tr", "cr", "pb"),
    max_pages=2,
    max_multi_bytes=1024,
    default_font=1,
    fonts={1: "F07", 2: "F07-C"},
    volatile_slots=2,
    changeable_slots=3,
    model="placelibre software sign",
)
_PRINTED = msgspec.structs.replace(_MATRIX, width_px=34, height_px=_ROW * LINES_A_SIGN - 3, width_mm=780, height_mm=640)
_WRITES = (4, 8)
"""Of ten signs these write their lines in a full matrix; all others have painted legends, one of them speaks TEDI."""
_SPEAKS_TEDI = 6


def make_demo_signs(tenant: str, car_parks: Iterable[Place]) -> list[Sign]:
    """A sign for each three car parks that lie beside each other, seen from the middle of all; ports are free ones."""
    parks = [place for place in car_parks if place.point is not None]
    middle = _middle(parks)
    around = sorted(parks, key=lambda place: (_bearing(middle, place.point), place.id))
    groups = [around[at : at + LINES_A_SIGN] for at in range(0, len(around), LINES_A_SIGN)]
    return [_sign(tenant, number, group, middle) for number, group in enumerate(groups, start=1)]


def _sign(tenant: str, number: int, group: list[Place], middle: Point) -> Sign:
    protocol = SignProtocol.TEDI if number == _SPEAKS_TEDI else SignProtocol.NTCIP
    is_written = number in _WRITES
    bearing = round(_bearing(middle, group[len(group) // 2].point)) % 360
    return Sign(
        tenant=tenant, id=f"demo-{number:02}", name=f"Approche {number}", protocol=protocol,
        address=f"127.0.0.1:{_free_port(protocol)}", is_software=True, groups=("demo",),
        road=f"vers {group[0].name.removeprefix(_PREFIX)}", bearing_deg=bearing,
        lines=tuple(_line(at, place, is_written) for at, place in enumerate(group, start=1)),
        limits=_MATRIX if is_written else _PRINTED, ntcip=NtcipOptions(timeout_s=1.0),
        tedi=TediOptions(honours_dv=True, characters=7),
    )  # fmt: skip


def _line(number: int, place: Place, is_written: bool) -> SignLine:
    legend = place.name.removeprefix(_PREFIX).upper()
    arrow = (Arrow.LEFT, Arrow.AHEAD, Arrow.RIGHT)[(number - 1) % 3]
    if is_written:
        return SignLine(number=number, legend=legend, places=(place.id,))
    cell = Cell(x=1, y=1 + _ROW * (number - 1), width=_CELL.width, height=_CELL.height, characters=_CELL.characters)
    return SignLine(number=number, legend=legend, places=(place.id,), is_printed=True, arrow=arrow, cell=cell)


def _middle(places: list[Place]) -> Point:
    points = [place.point for place in places if place.point is not None]
    count = max(1, len(points))
    return Point(sum(point.lon for point in points) / count, sum(point.lat for point in points) / count)


def _bearing(origin: Point, point: Point | None) -> float:
    """Degrees from north; over a town the earth is flat."""
    if point is None:
        return 0.0
    east = (point.lon - origin.lon) * math.cos(math.radians(origin.lat))
    return math.degrees(math.atan2(east, point.lat - origin.lat)) % 360


def _free_port(protocol: SignProtocol) -> int:
    """A port of this machine that nobody has now."""
    kind = socket.SOCK_DGRAM if protocol is SignProtocol.NTCIP else socket.SOCK_STREAM
    with socket.socket(socket.AF_INET, kind) as door:
        door.bind(("127.0.0.1", 0))
        return int(door.getsockname()[1])
