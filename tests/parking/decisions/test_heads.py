"""What was sealed once shows every change: also an end cut off, and a whole chain taken out."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parking.decisions.chain import digest_entry
from parking.decisions.heads import (
    HeadsError,
    Seal,
    SealWatch,
    TamperFinding,
    TamperKind,
    list_heads,
    read_seals,
    write_seal,
)

RECORDS = st.lists(st.binary(min_size=1, max_size=8), min_size=1, max_size=8)


Records = list[tuple[int, bytes]]


def raw(values: list[bytes], begin: int = 0) -> Records:
    return [(begin + number, value) for number, value in enumerate(values)]


def watch(seals: list[Seal], begins: dict[int, int], records: dict[int, Records]) -> SealWatch:
    seen = SealWatch(seals, begins)
    for partition, each in records.items():
        for offset, value in each:
            seen.see(partition, offset, digest_entry(value))
    return seen


def check_seals(seals: list[Seal], begins: dict[int, int], records: dict[int, Records]) -> list[TamperFinding]:
    return watch(seals, begins, records).list_findings()


def sealed(*audits: dict[int, Records]) -> bytes:
    file = b""
    for records in audits:
        seals, heads = read_seals(file), list_heads(file)
        seal = watch(seals, {}, records).seal_new("t", "2026-05-04T12:00:00Z", heads[-1] if heads else "")
        file += b"" if seal is None else write_seal(seal) + b"\n"
    return file


@given(RECORDS, RECORDS)
def test_what_only_grew_is_as_it_was(first: list[bytes], more: list[bytes]) -> None:
    file = sealed({0: raw(first)}, {0: raw(first + more)})
    seals = read_seals(file)
    assert len(seals) == 2
    assert check_seals(seals, {0: 0}, {0: raw(first + more)}) == []


@given(RECORDS, st.data())
def test_any_change_of_what_was_sealed_shows(values: list[bytes], data: st.DataObject) -> None:
    seals = read_seals(sealed({0: raw(values)}))
    at = data.draw(st.integers(0, len(values) - 1))
    how = data.draw(st.sampled_from(["change", "drop", "cut", "swap"]))
    records = raw(values)
    if how == "change":
        records[at] = (at, values[at] + b"x")
    elif how == "drop":
        del records[at]
    elif how == "cut":
        records = records[:at]
    elif at + 1 < len(values) and values[at] != values[at + 1]:
        records[at], records[at + 1] = (at, values[at + 1]), (at + 1, values[at])
    else:
        return
    (found,) = check_seals(seals, {0: 0}, {0: records})
    assert found.kind in (TamperKind.CUT, TamperKind.CHANGED)


def test_a_partition_that_is_gone_shows() -> None:
    seals = read_seals(sealed({0: raw([b"a"]), 1: raw([b"b"])}))
    (found,) = check_seals(seals, {0: 0, 1: 0}, {0: raw([b"a"])})
    assert (found.kind, found.stretch.partition) == (TamperKind.CUT, 1)


def test_what_kafka_has_let_go_of_is_too_old_and_no_fault() -> None:
    seals = read_seals(sealed({0: raw([b"a", b"b"])}, {0: raw([b"a", b"b", b"c"])}))
    (found,) = check_seals(seals, {0: 1}, {0: raw([b"b", b"c"], begin=1)})
    assert found.kind is TamperKind.TOO_OLD


@given(RECORDS, RECORDS, st.data())
def test_a_seal_cannot_be_changed_or_taken_out_alone(
    first: list[bytes], more: list[bytes], data: st.DataObject
) -> None:
    file = sealed({0: raw(first)}, {0: raw(first + more)}, {0: raw(first + more + [b"z"])})
    lines = file.splitlines(keepends=True)
    how = data.draw(st.sampled_from(["first", "second", "byte"]))
    if how == "byte":
        at = data.draw(st.integers(0, len(lines[0]) - 2))
        torn = bytes((lines[0][at] ^ 1,))
        lines[0] = lines[0][:at] + torn + lines[0][at + 1 :]
    else:
        del lines[0 if how == "first" else 1]
    with pytest.raises(HeadsError):
        read_seals(b"".join(lines))
