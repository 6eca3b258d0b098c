"""What the records of a mapped feed say of their places: names, positions, sizes; and the zones of single spaces."""

from collections.abc import Iterator, Sequence

from parking.catalogue.model import MAX_TEXT, Device, Place, Point
from parking.errors import InvalidPlaceError
from parking.words import Audience, RejectReason
from sensors.bays import Bay, make_zones, natural_order
from sensors.contract import RecordRefusedError, SourceInfo
from sensors.ledger import Ledger
from sensors.reading.heights import read_height
from sensors.reading.numbers import whole_number
from sensors.reading.projections import read_projected, stated_system, turned
from sensors.sources.mapped.counting import read_audience
from sensors.sources.mapped.fields import Field, word_of
from sensors.sources.mapped.paths import Around
from sensors.sources.mapped.plan import MappingPlan, PlacePlan, SpacePlan
from sensors.sources.mapped.points import read_pair
from sensors.sources.mapped.wire import MappedRecord, split


def read_places(
    plan: MappingPlan, info: SourceInfo, recording: bytes | None, tenant: str, ledger: Ledger
) -> Sequence[Place]:
    """The places of a body, where the mapping declares them; the first description of each counts.

    What of a description is unusable is refused, and the place comes in without it.
    """
    if plan.place is None or not plan.place.said.declare or recording is None:
        return ()
    found: dict[str, Place] = {}
    bays: list[Bay] = []
    for record in _records(recording, plan):
        try:
            device_id = plan.read_id(record.around)
        except RecordRefusedError as error:
            if not (plan.space or plan.counts or plan.statuses):
                ledger.refuse(error, record.raw)  # else decode refuses it, with its bytes
            continue
        description = _Description(record, plan, plan.place, device_id, ledger)
        if plan.space is not None:
            bays += description.bay(plan.space)
        else:
            _take(found, description.place(info, tenant), description)
    zones = make_zones(info, tenant, sorted(bays, key=lambda bay: natural_order(bay.id)), info.valid_for_s)
    return [*found.values(), *zones]


def _take(found: dict[str, Place], place: Place | None, description: "_Description") -> None:
    """Keep the first place of each id; a later one that differs is told, but where records are of one audience each."""
    if place is None or found.setdefault(place.id, place) == place or description.plan.categories:
        return
    detail = (
        f"{description.plan.id.name} {place.id!r:.60} stands twice and differs: the first counts; correct the source"
    )
    error = RecordRefusedError(RejectReason.MALFORMED_RECORD, detail, description.device_id)
    description.ledger.refuse(error, description.record.raw)


def require_point(around: Around, place: PlacePlan, device_id: str) -> Point | None:
    """Where a record's place is; None where it does not say. Raises RecordRefusedError for what is nowhere."""
    if place.point is not None:
        value = place.point.read(around)
        pair = None if value is None or value == "" else read_pair(value, place.said.order, device_id)
    elif place.lon is not None and place.lat is not None:
        pair = place.lon.read(around), place.lat.read(around)
        pair = None if pair[0] in (None, "") and pair[1] in (None, "") else pair
    else:
        return None
    if pair is None:
        return None
    system = stated_system(place.system_at.read(around)) if place.system_at is not None else place.said.system
    point = read_projected(*pair, system or None, device_id)
    return turned(point, *place.said.box) if place.said.box else point


def _records(body: bytes, plan: MappingPlan) -> Iterator[MappedRecord]:
    try:
        records = list(split(body, plan))
    except RecordRefusedError:
        return  # decode refuses the same body, with its bytes
    yield from (record for record in records if isinstance(record, MappedRecord))


class _Description:
    """What one record says of its place; what of it is unusable is refused, each by itself."""

    def __init__(
        self, record: MappedRecord, plan: MappingPlan, said: PlacePlan, device_id: str, ledger: Ledger
    ) -> None:
        self.record, self.plan, self.said, self.device_id, self.ledger = record, plan, said, device_id, ledger

    def place(self, info: SourceInfo, tenant: str) -> Place | None:
        """A car park; None where not even its id can be one."""
        device = Device(source=info.id, id=self.device_id, valid_for_s=info.valid_for_s)
        try:
            return Place(
                tenant=tenant,
                id=self.device_id,
                name=self._text(self.said.name) or self.device_id,
                point=self._point(),
                capacity=self._capacity(),
                address=self._text(self.said.address),
                height_cm=self._height(),
                devices=(device,),
            )
        except InvalidPlaceError as error:
            self.ledger.refuse(error, self.record.raw, self.device_id)
            return None

    def bay(self, space: SpacePlan) -> Iterator[Bay]:
        """A single space in its zone; one whose zone nobody says is in the zone of the whole source."""
        zone = word_of(self.plan.read(space.zone, self.record.around)) if space.zone is not None else ""
        zone = zone or self.plan.said.source.name
        name = self._text(space.zone_name) or zone
        audience = self._audience()
        audiences = frozenset({audience}) if audience is not None else frozenset()
        yield Bay(self.device_id, zone, name, self._point(), audiences)

    def _audience(self) -> Audience | None:
        """For whom; None where nobody can say: decode refuses the record, with its bytes."""
        try:
            return read_audience(self.record.around, self.plan, self.device_id)
        except RecordRefusedError:
            return None

    def _text(self, field: Field | None) -> str | None:
        text = "" if field is None else word_of(self.plan.read(field, self.record.around))
        return text[:MAX_TEXT] if text.isprintable() and text else None

    def _point(self) -> Point | None:
        try:
            return require_point(self.record.around, self.said, self.device_id)
        except RecordRefusedError as error:
            self.ledger.refuse(error, self.record.raw)
            return None

    def _capacity(self) -> int | None:
        """As [place] says it, else as the count of everyone does."""
        capacity, missing = self.said.capacity, None
        for count in self.plan.counts:
            if count.said.category in (None, Audience.PUBLIC):
                capacity, missing = capacity if capacity is not None else count.capacity, count.missing
        if capacity is None or isinstance(capacity, int):
            return capacity
        if self.plan.categories and self._audience() is not Audience.PUBLIC:
            return None
        value = capacity.read(self.record.around)
        if value is None or value == "" or (missing is not None and missing.meaning(value)):
            return None
        try:
            return whole_number(value, capacity.name, self.device_id) or None
        except RecordRefusedError as error:
            self.ledger.refuse(error, self.record.raw)
            return None

    def _height(self) -> int | None:
        """The lowest height that is named; what is not one height is told, and costs the place nothing."""
        text = "" if self.said.height is None else word_of(self.plan.read(self.said.height, self.record.around))
        height = read_height(text)
        if not height.is_plain and self.said.height is not None:
            found = height.lowest_cm
            what = f"the lowest in it, {found} cm, counts" if found else "the height is unknown"
            detail = f"{self.said.height.name} {text!r:.60} is not one height: {what}; write 190"
            self.ledger.refuse(RecordRefusedError(RejectReason.WRONG_TYPE, detail, self.device_id), self.record.raw)
        return height.lowest_cm
