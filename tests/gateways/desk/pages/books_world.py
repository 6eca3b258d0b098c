"""The desk's pages to look things up in, over a history on disk, hostile rejects, and a record that is a list."""

from __future__ import annotations

from datetime import datetime, timedelta

from gateways.desk.audit import AuditWanted, SaidFound, newest_first
from gateways.desk.pages.books import BooksPort, DeskBooks
from gateways.desk.reporting import LooksBack
from gateways.desk.rounding import RoundAsked, RoundKnown
from gateways.documents import Document
from gateways.words.city_clock import clock_of
from geo.distance import distance_m
from ops.desk_past import DeskPast
from parking.catalogue.model import Place, PlaceKind, Point, Tenant
from parking.decisions.acting import DecisionNow
from parking.decisions.model import decide
from parking.desk.operators import Operator, Role
from parking.desk.refused import RefusedDay
from parking.desk.round import plan_round
from parking.health.repairs import Finding
from parking.rejects import make_reject
from parking.words import ClockBasis, Problem, RejectReason
from serving.problems import ProblemDocument
from tests.support import NOON, at

CITY = "nantes"
_OVERRIDE = ("desk.override", 1)
HOSTILE = '<script>alert(1)</script>\x1b[2J\u202e"><img src=x onerror=alert(2)>'
ADA = Operator(name="Ada", subject="1", roles={CITY: frozenset({Role.OPERATE})})
GUEST = Operator(name="Guest", subject="2", roles={CITY: frozenset({Role.VIEW})})


class Tail:
    """One source that sends what is hostile, as it would be kept."""

    def __init__(self) -> None:
        self.day, self.is_complete = RefusedDay(CITY), False
        reject = make_reject(CITY, "nantes", RejectReason.BAD_TIME, HOSTILE, HOSTILE.encode() + b"\xff", NOON)
        self.day.take(reject, int(NOON.timestamp() * 1000))


class ListedRecord:
    """An AuditPort over a list."""

    tenant = CITY

    def __init__(self) -> None:
        author, reason = f"Ada {HOSTILE}", f"works: {HOSTILE}"
        said = [
            decide(CITY, f"place:{n}/opening", _OVERRIDE, (), {"n": n}, at(n), at(n), author=author, reason=reason)
            for n in range(150)
        ]
        self.said = [DecisionNow(one) for one in said]

    async def list_said(self, wanted: AuditWanted) -> SaidFound:
        """Those that are wanted."""
        return SaidFound(newest_first(self.said, wanted))

    async def verify(self) -> Document:
        """Nobody asks."""
        raise NotImplementedError


class RoundedPast(DeskPast):
    """The history on disk; what is to be repaired is known by heart."""

    is_redis_away = False

    def find_round(self, asked: RoundAsked) -> RoundKnown:
        """Three devices of two places, one of which nobody can find."""
        if self.is_redis_away:
            raise OSError("Redis is away")
        places = {
            name: Place(id=name, tenant=CITY, name=f"{name} {HOSTILE}", kind=PlaceKind.SITE, point=point)
            for name, point in (("1", Point(lon=-1.55, lat=47.21)), ("2", Point(lon=-1.56, lat=47.22)), ("3", None))
        }
        found = [
            Finding(place_id=name, source="nantes", device_id=HOSTILE, problem=Problem.SILENT, since=NOON,
                    heard_at=NOON, seen_at=NOON, weight=5, certainty=1.0)
            for name in places
        ]  # fmt: skip
        plan = plan_round(found, places, distance_m, asked.start, asked.limits)
        return RoundKnown(CITY, NOON, asked.start, plan, places)


class CityThen:
    """Nantes, at six in the evening UTC."""

    clock = clock_of(CITY, Tenant(id=CITY, clock=ClockBasis.WALL, name="Nantes", zone="Europe/Paris"))
    is_made_up = False

    def now(self) -> datetime:
        """Always."""
        return NOON + timedelta(hours=6)


class BooksDesk:
    """The pages; ``operator`` is who asks."""

    def __init__(self, past: DeskPast) -> None:
        self.past, self.operator = RoundedPast(past._settings, CITY), ADA
        self.looks = LooksBack(self.past, ListedRecord(), self)
        self.books = DeskBooks(BooksPort(self.looks, self.past, ListedRecord(), Tail(), self.require, CityThen()))

    async def require(self, request: object, role: Role, tenant: str) -> Operator:
        """Whoever may."""
        if not self.operator.may(role, tenant):
            raise ProblemDocument(403, "Forbidden", f"needs {role}")
        return self.operator
