"""Any feed, as its mapping says. How to write one: docs/mapping/mapped.md."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import partial

import msgspec

from parking.observations import Observation
from parking.words import Audience, FillLevel, Opening, RejectReason, SpaceState, TimeBasis
from sensors.contract import Declared, Decoded, RecordRefusedError, SourceInfo
from sensors.ledger import Ledger, Sighting
from sensors.sources.mapped.counting import read_audience, read_count
from sensors.sources.mapped.example import EXAMPLE
from sensors.sources.mapped.fields import word_of
from sensors.sources.mapped.making import read_plan
from sensors.sources.mapped.paths import Around
from sensors.sources.mapped.places import read_places, require_point
from sensors.sources.mapped.plan import CountPlan, MappingPlan, SpacePlan
from sensors.sources.mapped.stamps import arrival_of, published_at, read_seen
from sensors.sources.mapped.statuses import Said, read_status
from sensors.sources.mapped.wire import MappedRecord, split


class MappedSource:
    """One mapping as a source. ``INFO`` is what its [source] says."""

    def __init__(self, plan: MappingPlan) -> None:
        self.plan = plan
        self.INFO = _info(plan)

    def decode(self, payload: bytes, *, tenant: str, received_at: datetime, recorded: bool) -> Decoded:
        """See sensors.contract.Adapter."""
        ledger, plan = Ledger(tenant, self.INFO.id, received_at), self.plan
        records = ledger.split(payload, lambda body: split(body, plan), exact=plan.said.body.format == "csv")
        if records is None:
            return ledger.decoded()
        told = arrival_of(records, plan, received_at) if recorded else None
        arrival = told or received_at

        def read(record: MappedRecord) -> Iterator[Observation]:
            arrived_at = (published_at(record.around, plan, received_at) if recorded else None) or arrival
            return _observe(record.around, plan, ledger, arrived_at)

        how = plan.said.time.recording if plan.said.time is not None else "typical"
        ledger.read_each(records, payload, read, None if recorded and how in ("record", "unsaid") else arrival)
        ends = [arrival] if how != "record" else [seen.received_at for seen in ledger.observations]
        return ledger.decoded(None if how == "unsaid" else max(ends, default=None))

    def places(
        self, recording: bytes | None, sidecars: Mapping[str, bytes], *, tenant: str, received_at: datetime
    ) -> Declared:
        """What a recording's records say of their places, where the mapping declares them."""
        ledger = Ledger(tenant, self.INFO.id, received_at)
        return Declared(read_places(self.plan, self.INFO, recording, tenant, ledger), ledger.rejects)


def read_mapping(file: str, text: str) -> MappedSource:
    """A source from a mapping's text. Raises MappingError, with one sentence."""
    return MappedSource(read_plan(file, text))


def _info(plan: MappingPlan) -> SourceInfo:
    said, audiences = plan.said, {part.category or Audience.PUBLIC for part in plan.said.count}
    audiences |= {Audience(said) for one in plan.categories for said in one.words.listed.values() if said != "nothing"}
    source = said.source
    return SourceInfo(
        id=source.name,
        name=source.about or source.name,
        tenant=source.city,
        zone=source.zone,
        licence=source.licence,
        licence_by=source.licence_by,
        url=source.url or next(iter(source.feeds), ""),
        time_basis=TimeBasis.ARRIVAL if said.time is None else TimeBasis(said.time.basis),
        audiences=tuple(sorted(audiences)) or (Audience.PUBLIC,),
        has_thresholds=any(part.full_at is not None for part in said.count),
        single_spaces=said.space is not None,
        valid_for_s=source.valid_for_s,
        poll_every_s=source.poll_every_s,
        feeds=tuple(source.feeds),
        paging=source.paging,
    )


def _observe(around: Around, plan: MappingPlan, ledger: Ledger, arrival: datetime) -> Iterator[Observation]:
    """The observations in one record, and then an error for what of it cannot be used."""
    if not (plan.space or plan.counts or plan.statuses):
        return
    device_id = plan.read_id(around)
    observed_at, basis, shift_s = read_seen(around, plan, arrival, device_id)
    seen = ledger.sighting(device_id, observed_at, arrival, basis, shift_s=shift_s)
    if plan.space is not None:
        yield seen.space(_state(around, plan, plan.space, device_id))
    else:
        yield from _count_all(around, plan, seen)
    if plan.place is not None and not plan.place.said.declare:
        require_point(around, plan.place, device_id)


def _state(around: Around, plan: MappingPlan, space: SpacePlan, device_id: str) -> SpaceState:
    value = space.at.read(around)
    meaning = space.states.meaning(value)
    if meaning is not None:
        return SpaceState(meaning)
    if word_of(value) and plan.missing.meaning(value):
        return SpaceState.UNKNOWN
    if value is None or value == "":
        raise RecordRefusedError(
            RejectReason.MISSING_FIELD, f"record has no {space.at.name}: ask the source", device_id
        )
    detail = f"{space.at.name} is {value!r:.60}; known are {space.states.known()}: add it to the mapping"
    raise RecordRefusedError(RejectReason.UNKNOWN_STATUS, detail, device_id)


def _count_all(around: Around, plan: MappingPlan, seen: Sighting) -> Iterator[Observation]:
    """The opening, then a fault or each count; what of the counts is refused comes last, and costs no other count."""
    audience, said = read_audience(around, plan, seen.device_id), read_status(around, plan, seen.device_id)
    if audience is None:
        return
    if said.opening is not None:
        reserved = plan.said.record.reserved and audience is not Audience.PUBLIC and said.opening is Opening.OPEN
        yield seen.opening(Opening.SUBSCRIBERS_ONLY if reserved else said.opening)
    if said.refused is not None:
        raise said.refused
    if said.fault is not None:
        yield seen.fault(said.fault)
    elif said.has_number:
        yield from _counts(around, plan, seen, said, audience)


def _counts(around: Around, plan: MappingPlan, seen: Sighting, said: Said, audience: Audience) -> Iterator[Observation]:
    refused: list[RecordRefusedError] = []
    is_whole = len(plan.counts) == 1 and (plan.said.record.reserved or not plan.categories)
    for count in plan.counts:
        whom = count.said.category or audience
        one = partial(_count, around, count, seen, said, whom, alone=is_whole)
        try:
            yield one()
        except RecordRefusedError as no:
            no.category = None if is_whole else whom
            refused.append(no)
    if not plan.counts and said.level is not None:
        yield seen.levelled(said.level, category=audience)
    for error in refused[1:]:
        yield seen.unusable(error.category)
    if refused:
        others = "".join(f"; {error.detail}" for error in refused[1:])
        first = refused[0]
        raise RecordRefusedError(first.reason, first.detail + others, first.device_id, category=first.category)


def _count(around: Around, count: CountPlan, seen: Sighting, said: Said, whom: Audience, *, alone: bool) -> Observation:
    is_word = count.vacant is not None and count.vacant.name in said.level_paths
    vacant, capacity, full_at = read_count(around, count, said.meanings, is_word, seen.device_id)
    if vacant is None:
        if said.level is not None and alone:
            return seen.levelled(said.level, capacity=capacity, category=whom)
        return seen.unusable(None if alone else whom)
    if said.level is FillLevel.FULL:
        full_at = vacant  # the sign reads full at this many, or more
    content = ("count", vacant, capacity, full_at, whom)
    return seen.counted(vacant, capacity, content, full_at=full_at, category=whom)


def _unmapped() -> MappedSource:
    """This kind of source without a file: it reads the example, and is nobody's."""
    source = read_mapping("the example of docs/mapping/mapped.md", EXAMPLE)
    source.INFO = msgspec.structs.replace(
        source.INFO, id="mapped", name="Any feed, by a mapping in one TOML file", tenant=None, feeds=(), url="",
        licence=None, licence_by="whoever publishes the feed",
    )  # fmt: skip
    return source


ADAPTER = _unmapped()
