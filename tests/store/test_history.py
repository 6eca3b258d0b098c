"""The history as files: every change once, whatever arrives how often and whatever dies when."""

from __future__ import annotations

import json
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parking.errors import UnknownSchemaVersionError
from parking.published.availability import Availability, CategoryCount, Change
from parking.published.timeline import Published
from parking.words import Audience, Basis, Fault, FillLevel, Opening

pytest.importorskip("pyarrow", reason="pip install 'placelibre[history]'")
import pyarrow as pa
import pyarrow.parquet as pq

from store.history import HistoryError, files
from store.history.files import Part, Reached, RolledPosition
from store.history.folder import MAX_PARTS
from store.history.reader import HistoryReader
from store.history.rows import from_table, to_table
from store.history.writer import HistoryWriter
from tests.store.history_logs import TOPIC, append, batch_of, everything, once, said
from tests.support import NOON, TENANT, at

instants = st.datetimes(timezones=st.just(UTC))
counts = st.none() | st.integers(0, 2**63 - 1)
shares = st.none() | st.floats(0, 1)
words = st.text(st.characters(codec="utf-8"), min_size=1, max_size=20)
availabilities = st.builds(
    Availability,
    vacant=counts,
    vacant_low=counts,
    vacant_high=counts,
    capacity=counts,
    out_of_service=counts,
    level=st.sampled_from(FillLevel),
    opening=st.sampled_from(Opening),
    by_category=st.dictionaries(st.sampled_from(Audience), st.builds(CategoryCount, counts, counts)),
    reporting_share=shares,
    observed_at=st.none() | instants,
    valid_until=st.none() | instants,
    basis=st.none() | st.sampled_from(Basis),
    confidence=shares,
    faults=st.lists(st.sampled_from(Fault), unique=True).map(tuple),
    simulated=st.booleans(),
    space_states=st.binary(max_size=32),
    revision=st.tuples(st.integers(0, 2**63 - 1), st.integers(-1, 2**63 - 1)),
)


@given(availabilities, words, st.none() | instants, instants)
def test_a_row_is_the_change_it_was_made_of(
    availability: Availability, place: str, concluded_at: datetime | None, logged_at: datetime
) -> None:
    published = Published(Change(TENANT, place, availability, concluded_at), logged_at, 3, 14)
    assert from_table(to_table([published])) == [published]


# A log: places of two tenants on two days, some before the first tick, revisions mostly rising, some arriving again.


@st.composite
def logs(draw: st.DrawFn) -> list[Published]:
    steps = st.tuples(
        st.sampled_from(["nantes", "rezé-sur".replace("é", "e")]),
        st.sampled_from(["p1", "a/b", "é?*", "tenant=x"]),
        st.sampled_from([-1, 0, 0, 0, 1]),  # a batch is not quite in order
        st.none() | st.sampled_from([at(-60 * 13), at(0), at(5)]),
        st.integers(0, 30),
    )
    published: list[Published] = []
    for offset, (tenant, place, slip, concluded, again) in enumerate(draw(st.lists(steps, max_size=25))):
        partition = sum(map(ord, place)) % 2
        logged = at(offset * 60)  # so that what has no clock comes again on another day
        if again < 12 and published:
            old = published[again % len(published)]
            published.append(old._replace(offset=offset, logged_at=logged))
            continue
        revision = (1, offset + slip * 2)
        twins = [one for one in published if one.revision == revision and one.change.place_id == place]
        if any(one.change.tenant == tenant for one in twins):
            continue  # two changes of one place with one revision are the same change
        published.append(said(offset, revision, place, concluded, tenant, offset, logged=logged, partition=partition))
    return published


class Killed(BaseException):
    """What kill -9 is to a test."""


@contextmanager
def killed_at(step: int) -> Iterator[None]:
    """Die at the n-th write or removal: before it, or when it has half happened."""
    replace, unlink, left = Path.replace, Path.unlink, iter(range(step, -1, -1))

    def die_or(act, path: Path, *args: object) -> object:
        if next(left, 1) == 0:
            raise Killed
        return act(path, *args)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Path, "replace", lambda path, to: die_or(replace, path, to))
        patch.setattr(Path, "unlink", lambda path: die_or(unlink, path))
        yield


def roll(folder: Path, log: list[Published], sizes: list[int], deaths: list[int]) -> None:
    """Roll a log in batches of these sizes, a new process for each, dying where told and beginning again."""
    lengths, kills = iter(sizes), iter(deaths)
    while True:
        try:
            with killed_at(next(kills, 10**9)), HistoryWriter(folder, TOPIC) as writer:
                reached = {number: one.next for number, one in writer.position.reached.items()}
                todo = [one for one in log if one.offset >= reached.get(one.partition, 0)]
                if not todo:
                    return
                writer.append(batch_of(todo[: next(lengths, 5)]))
        except Killed:
            continue


@settings(max_examples=60, deadline=None)
@given(logs(), st.lists(st.integers(1, 9), max_size=30), st.lists(st.integers(0, 12), max_size=12))
def test_whatever_arrives_twice_and_whatever_dies_the_rows_are_the_same(
    log: list[Published], sizes: list[int], deaths: list[int]
) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        roll(folder, log, sizes, deaths)
        assert everything(folder) == once(log)
        paths = list(folder.rglob("*.parquet"))
        assert sum(pq.read_metadata(path).num_rows for path in paths) == len(once(log)), "for any other tool, too"


def test_a_place_is_written_once_though_the_log_has_it_twice(tmp_path: Path) -> None:
    assert append(tmp_path, [said(0, (1, 0)), said(1, (1, 0)), said(2, (1, 4))])[:2] == (2, 1)
    assert append(tmp_path, [said(3, (1, 4)), said(4, (1, 2))])[:2] == (1, 1)
    assert append(tmp_path, [said(5, (1, 9)), said(6, (1, 7))])[:2] == (2, 0)
    assert append(tmp_path, [said(7, (1, 9)), said(8, (1, 8))])[:2] == (1, 1), "the last revision is not the greatest"
    assert [one.offset for one in everything(tmp_path)] == [0, 2, 4, 5, 6, 8]


def test_what_has_no_clock_is_written_once_though_it_comes_again_on_another_day(tmp_path: Path) -> None:
    append(tmp_path, [said(0, (1, 0), concluded=None, logged=NOON)])
    assert append(tmp_path, [said(1, (1, 0), concluded=None, logged=NOON + timedelta(days=3))]).repeated == 1
    assert HistoryReader(tmp_path).list_days(TENANT) == [NOON.date()]


def test_the_day_is_that_of_the_tenants_clock_or_of_the_log_before_its_first_tick(tmp_path: Path) -> None:
    old = datetime(2011, 12, 13, 23, 59, tzinfo=UTC)
    append(tmp_path, [said(0, (1, 0), concluded=old), said(1, (1, 1), concluded=None)])
    assert HistoryReader(tmp_path).list_days(TENANT) == [date(2011, 12, 13), NOON.date()]


def test_small_files_are_merged_and_a_day_that_is_over_has_one(tmp_path: Path) -> None:
    today = files.day_folder(tmp_path, TENANT, NOON.date())
    for offset in range(40):
        append(tmp_path, [said(offset, (1, offset))])
        assert len(list(today.glob("*.parquet"))) <= MAX_PARTS
    append(tmp_path, [said(40, (1, 40), concluded=at(24 * 60))])
    assert [path.name for path in today.iterdir()] == [Part(1, 0, 0, 40).name]
    assert len(everything(tmp_path)) == 41


def test_a_reader_sees_no_batch_in_part(tmp_path: Path) -> None:
    append(tmp_path, [said(0, (1, 0))])
    two = [said(1, (1, 1), tenant="a"), said(2, (1, 2), tenant="b")]
    with pytest.raises(Killed), killed_at(2), HistoryWriter(tmp_path, TOPIC) as writer:
        writer.append(batch_of(two))
    assert len(list(tmp_path.rglob("*.parquet"))) == 3, "both files are there, the position is not"
    assert [one.offset for one in everything(tmp_path)] == [0]
    append(tmp_path, two)
    assert [one.offset for one in everything(tmp_path)] == [0, 1, 2]


def test_whoever_reads_while_it_is_written_sees_whole_batches_only(tmp_path: Path) -> None:
    tenants = ["a", "b", "c"]
    append(tmp_path, [])
    rolling = threading.Event()

    def write() -> None:
        with HistoryWriter(tmp_path, TOPIC) as writer:
            for batch in range(25):  # with merging on the way
                first = batch * len(tenants)
                rows = [said(first + n, (1, first + n), tenant=tenant) for n, tenant in enumerate(tenants)]
                writer.append(batch_of(rows))
        rolling.set()

    thread = threading.Thread(target=write)
    thread.start()
    reader, counts = HistoryReader(tmp_path), []
    while not rolling.is_set():
        counts.append(len(reader.read_day("b", NOON.date())))
        assert len(reader.read_day("c", NOON.date())) >= counts[-1], "c is written after b, and counts with it"
    thread.join()
    assert counts == sorted(counts)
    assert len(everything(tmp_path)) == 75


def test_a_second_writer_is_refused(tmp_path: Path) -> None:
    with HistoryWriter(tmp_path, TOPIC), pytest.raises(HistoryError, match="one is enough"):
        append(tmp_path, [])


def test_another_topic_does_not_come_into_the_same_folder(tmp_path: Path) -> None:
    append(tmp_path, [said(0, (1, 0))])
    with (
        pytest.raises(HistoryError, match="is the history of topic"),
        HistoryWriter(tmp_path, "other"),
    ):
        pass


def test_a_topic_made_anew_needs_a_greater_epoch(tmp_path: Path) -> None:
    append(tmp_path, [said(5, (1, 5))])
    with HistoryWriter(tmp_path, TOPIC) as writer:
        writer.begin_anew()
        with pytest.raises(HistoryError, match="raise PLACELIBRE_STREAM_EPOCH above 1"):
            writer.append(batch_of([said(0, (1, 5), vacant=3)]))
        assert writer.append(batch_of([said(0, (2, 0), vacant=3)])).written == 1
    assert [one.revision for one in everything(tmp_path)] == [(2, 0), (1, 5)]
    assert HistoryReader(tmp_path).list_standing(TENANT, at(1))[0].revision == (2, 0)


def test_what_cannot_be_a_row_is_counted_and_left_out(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    wrong = [
        said(0, (1, 0), tenant="../../etc"),
        said(1, (1, 1), vacant=2**63),
        said(2, (1, 2), observed_at=NOON.replace(tzinfo=None)),
        said(3, (1, 3), concluded=NOON.replace(tzinfo=None), observed_at=None, valid_until=None),
    ]
    assert append(tmp_path, [*wrong, said(4, (1, 4))])[:] == (1, 0, 4)
    position = files.find_rolled(tmp_path)
    assert position is not None
    assert position.unreadable == 4
    assert caplog.text.count("was left out") == 4
    assert [one.offset for one in everything(tmp_path)] == [4]


def test_what_stood_is_the_greatest_revision_published_by_then(tmp_path: Path) -> None:
    log = [
        said(0, (1, 0), concluded=at(-60 * 24 * 40), vacant=1),
        said(1, (1, 1), concluded=at(0), vacant=2),
        said(2, (1, 2), concluded=at(0), vacant=3),
        said(3, (1, 3), "p2", concluded=at(10), vacant=4),
        said(4, (1, 4), concluded=at(20), vacant=5),
    ]
    append(tmp_path, log[:3])
    append(tmp_path, log[3:])
    reader = HistoryReader(tmp_path)

    def standing(minutes: float, place: str | None = None) -> dict[str, int | None]:
        found = reader.list_standing(TENANT, at(minutes), place)
        return {one.change.place_id: one.change.availability.vacant for one in found}

    assert standing(-60 * 24 * 41) == {}
    assert standing(-1) == {"p1": 1}
    assert standing(0) == {"p1": 3}
    assert standing(19.9) == {"p1": 3, "p2": 4}
    assert standing(20) == {"p1": 5, "p2": 4}
    assert standing(20, "p2") == {"p2": 4}
    assert standing(20, "p3") == {}
    assert [one.offset for one in reader.list_published(TENANT, "p1", at(-5), at(20))] == [0, 1, 2]
    assert reader.get_bounds(TENANT) == (at(-60 * 24 * 40), at(20))


def test_errors_say_what_to_do(tmp_path: Path) -> None:
    reader = HistoryReader(tmp_path / "none")
    with pytest.raises(HistoryError, match="`placelibre history` writes it"):
        reader.list_tenants()
    append(tmp_path, [said(0, (1, 0))])
    with pytest.raises(HistoryError, match=r"no history of city 'atlantis' .*known: testville"):
        HistoryReader(tmp_path).get_bounds("atlantis")
    [path] = tmp_path.rglob("*.parquet")
    path.write_bytes(b"PAR1 torn")
    with pytest.raises(HistoryError, match="no readable Parquet file"):
        HistoryReader(tmp_path).get_bounds(TENANT)
    (tmp_path / files.POSITION).unlink()
    with pytest.raises(HistoryError, match=r"no position\.json: restore it"):
        append(tmp_path, [])


def test_files_of_another_version_are_refused_rather_than_misread(tmp_path: Path) -> None:
    append(tmp_path, [said(0, (1, 0))])
    [path] = tmp_path.rglob("*.parquet")
    table = pq.read_table(path)
    pq.write_table(table.replace_schema_metadata({b"placelibre.schema_version": b"99"}), path)
    with pytest.raises(UnknownSchemaVersionError, match="99"):
        everything(tmp_path)
    (tmp_path / files.POSITION).write_text(json.dumps({"version": 99, "topic": TOPIC}))
    with pytest.raises(UnknownSchemaVersionError, match="99"):
        everything(tmp_path)


def test_columns_explain_themselves_to_other_tools(tmp_path: Path) -> None:
    append(tmp_path, [said(0, (1, 0), "é/?", vacant=None)])
    [path] = tmp_path.rglob("*.parquet")
    assert path.relative_to(tmp_path).as_posix() == f"tenant={TENANT}/day=2026-05-04/{Part(1, 0, 0, 1).name}"
    schema = pq.read_schema(path)
    assert schema.field("concluded_at").type == pa.timestamp("us", tz="UTC")
    assert schema.metadata[b"placelibre.schema_version"] == b"2"
    row = pq.ParquetFile(path).read().to_pylist()[0]
    assert (row["place_id"], row["vacant"], row["revision_epoch"], row["revision_offset"]) == ("é/?", None, 1, 0)


def test_a_file_within_anothers_offsets_is_superseded() -> None:
    parts = [
        Part(1, 0, 0, 9),
        Part(1, 0, 0, 4),
        Part(1, 0, 4, 9),
        Part(1, 1, 0, 4),
        Part(2, 0, 0, 4),
        Part(1, 0, 9, 12),
    ]
    assert list(files.standing(parts)) == [parts[0], parts[3], parts[4], parts[5]]
    position = RolledPosition(topic=TOPIC, incarnation=2, reached={0: Reached(3)})
    assert [position.has_passed(part) for part in parts] == [True, True, True, True, False, True]
    assert [position.is_within(part) for part in parts] == [False, False, False, False, True, False]


def test_files_that_are_ahead_of_a_restored_position_are_not_removed(tmp_path: Path) -> None:
    for offset in range(3):
        append(tmp_path, [said(offset, (1, offset))])
    old = (tmp_path / files.POSITION).read_bytes()
    for offset in range(3, 12):
        append(tmp_path, [said(offset, (1, offset))])
    (tmp_path / files.POSITION).write_bytes(old)
    with pytest.raises(HistoryError, match="restore the folder as a whole"):
        append(tmp_path, [])
    with pytest.raises(HistoryError, match="faster than they can be read"):
        everything(tmp_path)
