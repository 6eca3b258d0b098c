"""The answer does not change: replayed, duplicated or permuted, and however the batches are cut."""

import random
from datetime import UTC, datetime

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from parking import codec
from parking.catalogue.model import Catalogue, Device
from parking.fold import table_rows
from parking.fold.batch import Partition, fold_batch
from parking.fold.records import Record
from parking.observations import DeviceFault, DeviceStarted, OpeningChanged, SiteCounted, SpaceObserved
from parking.words import Audience, Opening, RejectReason, SpaceState
from tests.support import TENANT, at, envelope, site, tick, zone

LOGGED = at(10_000)
LOGGED_MS = round(LOGGED.timestamp() * 1000)
SITE = site(devices=(Device(source="src", id="d1", valid_for_s=900), Device(source="src", id="d2", valid_for_s=300)))
ZONE = zone(5, disabled=1)
CATALOGUE = Catalogue([SITE, ZONE])

minutes = st.integers(0, 40)
site_events = st.one_of(
    st.builds(
        lambda m, d, v, q, c: SiteCounted(
            **envelope(m, d, ("c", v, c), seq=q), vacant=v, capacity=100, category=c
        ),
        minutes, st.sampled_from(["d1", "d2"]), st.integers(0, 100), st.integers(0, 2),
        st.sampled_from([Audience.PUBLIC, Audience.EV]),
    ),
    st.builds(lambda m, o: OpeningChanged(**envelope(m, content=o), opening=o), minutes, st.sampled_from(Opening)),
    st.builds(lambda m, d: DeviceFault(**envelope(m, d, "f")), minutes, st.sampled_from(["d1", "d2"])),
    st.builds(lambda m: DeviceStarted(**envelope(m, content="s")), minutes),
).map(lambda seen: (SITE.key, seen))  # fmt: skip
zone_events = st.builds(
    lambda m, slot, state, q: (
        ZONE.key,
        SpaceObserved(**envelope(m, f"s{slot}", state, seq=q), state=state),
    ),
    minutes, st.integers(0, 4), st.sampled_from(SpaceState), st.integers(0, 2),
)  # fmt: skip
ticks = minutes.map(lambda m: ("", tick(m)))
histories = st.lists(st.one_of(site_events, zone_events, ticks), max_size=30)


def records(history: list) -> list[Record]:
    return [Record(n, key.encode(), codec.encode_event(seen), LOGGED_MS) for n, (key, seen) in enumerate(history)]


def end_state(history: list, cut: int = 1000) -> tuple[bytes, ...]:
    """The partition's bytes after a history and a last tick, folded in batches of ``cut``; revisions aside."""
    partition = Partition()
    rows = records([*history, ("", tick(41))])
    for start in range(0, len(rows), cut):
        fold_batch(partition, rows[start : start + cut], CATALOGUE.find_place, epoch=1)
    states = []
    for _, held in sorted(partition.places.items()):
        state = held.state
        if state.published is not None:
            state = msgspec.structs.replace(state, published=msgspec.structs.replace(state.published, revision=(0, 0)))
        states.append(table_rows.encode_state(state))
    return (*states, *(table_rows.encode_clock(clock) for clock in partition.clocks.values()))


@given(histories, st.randoms(use_true_random=False))
@settings(max_examples=300, deadline=None)
def test_permuted_and_duplicated_the_state_is_the_same_bytes(history: list, chance: random.Random) -> None:
    shuffled = history + [chance.choice(history) for _ in range(5) if history]
    chance.shuffle(shuffled)
    assert end_state(shuffled) == end_state(history)


@given(histories, st.integers(1, 7))
@settings(max_examples=150, deadline=None)
def test_it_does_not_matter_where_a_batch_is_cut(history: list, cut: int) -> None:
    assert end_state(history, cut) == end_state(history)


@given(histories)
@settings(max_examples=100, deadline=None)
def test_a_state_survives_its_codec(history: list) -> None:
    partition = Partition()
    fold_batch(partition, records(history), CATALOGUE.find_place, epoch=1)
    for held in partition.places.values():
        assert table_rows.decode_state(table_rows.encode_state(held.state)) == held.state


@given(st.lists(st.tuples(st.sampled_from(["", SITE.key, ZONE.key, "nowhere/x", "é"]), st.binary(max_size=60))))
def test_any_bytes_become_rejects_and_nothing_raises(junk: list) -> None:
    rows = [Record(n, key.encode(), value, LOGGED_MS) for n, (key, value) in enumerate(junk)]
    outcome = fold_batch(Partition(), rows, CATALOGUE.find_place, epoch=1)
    assert len(outcome.rejects) == len(rows)
    assert [reject.raw for reject in outcome.rejects] == [row.value for row in rows]


def test_the_clock_of_a_tenant_never_goes_back() -> None:
    partition = Partition()
    fold_batch(partition, records([("", tick(5)), ("", tick(3))]), CATALOGUE.find_place, epoch=1)
    assert partition.clock_of(TENANT) == at(5)


def test_a_tick_publishes_only_what_it_changes() -> None:
    partition = Partition()
    seen = SiteCounted(**envelope(0), vacant=4)
    assert len(fold_batch(partition, records([(SITE.key, seen)]), CATALOGUE.find_place, 1).changes) == 1
    assert not fold_batch(partition, records([("", tick(14))]), CATALOGUE.find_place, 1).changes
    expired = fold_batch(partition, records([("", tick(15))]), CATALOGUE.find_place, 1).changes
    assert [change.availability.vacant for change in expired] == [None]
    assert not fold_batch(partition, records([("", tick(16))]), CATALOGUE.find_place, 1).changes


def test_tenants_have_clocks_of_their_own() -> None:
    partition = Partition()
    history = [(SITE.key, SiteCounted(**envelope(0), vacant=4)), ("", tick(600, tenant="elsewhere"))]
    outcome = fold_batch(partition, records(history), CATALOGUE.find_place, 1)
    assert outcome.changes[-1].availability.vacant == 4


def test_a_future_observation_moves_nobodys_clock() -> None:
    partition = Partition()
    future = SiteCounted(**envelope(0, observed_at=at(600), received_at=at(0)), vacant=4)
    outcome = fold_batch(partition, records([(SITE.key, future)]), CATALOGUE.find_place, 1)
    assert [reject.reason for reject in outcome.rejects] == [RejectReason.FUTURE_TIME]
    assert partition.clocks == {}
    assert outcome.rejects[0].raw == codec.encode_event(future)


def test_a_changed_catalogue_entry_is_heeded_at_the_next_tick() -> None:
    partition, catalogue = Partition(), Catalogue([SITE])
    fold_batch(partition, records([(SITE.key, SiteCounted(**envelope(0), vacant=4))]), catalogue.find_place, 1)
    catalogue.put(msgspec.structs.replace(SITE, capacity=7))
    partition.reconsider(SITE.key)
    outcome = fold_batch(partition, records([("", tick(1))]), catalogue.find_place, 1)
    assert outcome.changes[-1].availability.capacity == 7


def test_a_tick_from_the_future_moves_nobodys_clock() -> None:
    partition = Partition()
    outcome = fold_batch(partition, records([("", tick(10_006))]), CATALOGUE.find_place, 1)
    assert [reject.reason for reject in outcome.rejects] == [RejectReason.FUTURE_TIME]
    assert partition.clocks == {}


def test_an_absurd_date_costs_one_record_and_no_worker() -> None:
    absurd = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)
    seen = SiteCounted(**envelope(observed_at=absurd), vacant=4)
    outcome = fold_batch(Partition(), records([(SITE.key, seen), (ZONE.key, seen)]), CATALOGUE.find_place, 1)
    assert [reject.reason for reject in outcome.rejects] == [RejectReason.FUTURE_TIME] * 2


def test_what_was_true_between_two_ticks_of_one_batch_is_in_the_history() -> None:
    history = [(SITE.key, SiteCounted(**envelope(0), vacant=4)), ("", tick(20)),
               (SITE.key, SiteCounted(**envelope(21), vacant=5))]  # fmt: skip
    outcome = fold_batch(Partition(), records(history), CATALOGUE.find_place, 1)
    assert [(change.availability.vacant, change.availability.revision) for change in outcome.changes] == [
        (4, (1, 0)), (None, (1, 1)), (5, (1, 2)),
    ]  # fmt: skip
