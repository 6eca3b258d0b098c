"""Merging what files say about signs: one address has one sign, and what is refused leaves all as it was."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parking.catalogue.rows import Where
from parking.signs.addresses import same_address, with_port
from parking.signs.inventory import MergedSigns, SignFile, SignRow, merge_signs
from parking.signs.model import Sign, SignLine
from parking.signs.words import InvalidSignError, SignMode, SignProtocol

PLACES = {"p1", "p2", "p3", "p4"}


def sign(id_: str, address: str, tenant: str = "city", **more: object) -> Sign:
    lines = (SignLine(number=1, legend="COMMERCE", places=("p1",)),)
    return Sign(tenant=tenant, id=id_, name=id_, protocol=SignProtocol.NTCIP, address=address, lines=lines, **more)


def stated(id_: str, address: str, **more: object) -> dict[str, object]:
    lines = [{"number": 1, "legend": "COMMERCE", "places": ["p1"]}]
    return {"id": id_, "name": id_, "protocol": "ntcip", "address": address, "lines": lines, **more}


def file_of(*rows: dict[str, object], name: str = "a.json") -> SignFile:
    return SignFile(tuple(SignRow(Where(name, number, "sign"), row) for number, row in enumerate(rows, start=1)))


def merged(*files: SignFile, known: tuple[Sign, ...] = ()) -> MergedSigns:
    return merge_signs("city", known, PLACES, files)


def test_a_sign_comes_in_once_and_again_changes_nothing() -> None:
    first = merged(file_of(stated("A", "10.0.0.1")))
    (only,) = first.changed
    assert (only.address, first.new, first.refusals, first.notes) == ("10.0.0.1:161", {"A"}, (), ())
    assert merged(file_of(stated("A", "10.0.0.1")), known=first.changed).changed == ()


def test_what_is_not_stated_stays_and_lines_are_stated_together() -> None:
    two = [{"number": n, "legend": f"L{n}", "places": ["p1"], "rule": {"dwell_s": 30}} for n in (1, 2)]
    known = merged(file_of(stated("A", "10.0.0.1:161", lines=two, groups=["CENTRE"]))).changed
    (moved,) = merged(file_of({"id": "A", "address": "10.0.0.2:161"}), known=known).changed
    assert (moved.groups, len(moved.lines), moved.address) == (("CENTRE",), 2, "10.0.0.2:161")
    (less,) = merged(file_of({"id": "A", "lines": [{"number": 1, "legend": "NEW"}]}), known=known).changed
    assert [(line.legend, line.places, line.rule.dwell_s) for line in less.lines] == [("NEW", ("p1",), 30)]


@pytest.mark.parametrize(
    "address",
    ["LOCALHOST:161", "127.0.0.1:0161", "[::1]:161", "localhost", "[0:0:0:0:0:0:0:1]:161", "[::ffff:127.0.0.1]:161",
     "localhost.:161"],
)  # fmt: skip
def test_of_two_inventories_with_one_address_the_second_is_not_taken_at_all(address: str) -> None:
    known = (sign("A", "127.0.0.1:161"),)
    found = merged(file_of(stated("C", "10.9.9.9"), stated("B", address)), known=known)
    assert found.changed == ()
    (refusal,) = found.refusals
    assert "sign B and sign A have one address" in refusal.detail
    assert (refusal.where.row, refusal.column) == (2, "address")


def test_an_address_is_taken_across_files_within_one_and_across_cities() -> None:
    two = merged(file_of(stated("A", "h:161"), name="one"), file_of(stated("B", "H:161"), name="two"))
    assert [one.id for one in two.changed] == ["A"]
    assert [refusal.where.file for refusal in two.refusals] == ["two"]
    assert merged(file_of(stated("A", "h:161"), stated("B", "h:161"))).changed == ()
    other = merged(file_of(stated("B", "h:161")), known=(sign("A", "h:161", tenant="elsewhere"),))
    assert "sign A of elsewhere" in other.refusals[0].detail


def test_addresses_may_be_exchanged_and_a_retired_sign_has_none() -> None:
    known = (sign("A", "h:1"), sign("B", "h:2"))
    swapped = merged(file_of({"id": "A", "address": "h:2"}, {"id": "B", "address": "h:1"}), known=known)
    assert [one.address for one in swapped.changed] == ["h:2", "h:1"]
    assert merged(file_of(stated("B", "h:1")), known=(sign("A", "h:1", mode=SignMode.RETIRED),)).new == {"B"}


def test_an_id_said_twice_is_refused_and_the_first_stays() -> None:
    found = merged(file_of(stated("A", "h:1"), name="one"), file_of(stated("A", "h:2"), name="two"))
    assert [one.address for one in found.changed] == ["h:1"]
    assert "stands in one sign 1 already" in found.refusals[0].detail


@pytest.mark.parametrize(
    ("more", "column", "told"),
    [
        ({"id": 7}, "id", "needs an id"),
        ({"tenant": "paris"}, "tenant", "another city's"),
        ({"address": "u:geheim@h:1"}, "address", "PLACELIBRE_SIGNS_SECRETS"),
        ({"address": "010.0.0.1:161"}, "address", "four plain decimal numbers"),
        ({"address": "0.0.0.0:161"}, "address", "no single sign's"),
        ({"address": "h:0"}, "address", "host:port"),
        ({"protocol": "smoke"}, "protocol", "smoke"),
        ({"bearing_deg": 360}, "bearing_deg", "0..359"),
        ({"lines": [{"number": 1, "legend": "A", "places": ["p1"], "rule": {"dwell": 1}}]}, "lines[0].rule", "unknown"),
        ({"lines": [{"number": n, "legend": "A", "places": ["p1"]} for n in (1, 2, 3, 4)]}, "", "more than 3"),
        ({"lines": 5}, "lines", "array"),
        ({"lines": [5]}, "lines[0]", "object"),
        ({"point": {"lon": 200, "lat": 0}}, "point", "lon must be"),
        ({"pixels": 5}, "", "unknown field"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_with_its_place_and_a_sentence(more: dict, column: str, told: str) -> None:
    found = merged(file_of(stated("A", "h:1") | more, stated("B", "h:2")))
    assert [one.id for one in found.changed] == ["B"], "one bad sign costs one sign"
    (refusal,) = found.refusals
    assert (refusal.where.row, refusal.column) == (1, column)
    assert told in refusal.detail
    assert "geheim" not in str(refusal)


def test_a_line_of_an_unknown_place_is_told_and_taken() -> None:
    found = merged(file_of(stated("A", "h:1", lines=[{"number": 1, "legend": "X", "places": ["gone"]}])))
    assert len(found.changed) == 1
    assert found.notes == ("sign A, line 1: city has no place 'gone'; the line stays dark until it has",)


def test_only_a_protocol_with_a_port_of_its_own_is_given_one() -> None:
    assert with_port("::1", SignProtocol.NTCIP) == "[::1]:161"
    assert with_port("[fe80::1]", SignProtocol.NTCIP) == "[fe80::1]:161"
    assert with_port("h", SignProtocol.TEDI) == "h"
    assert with_port("h:5", SignProtocol.NTCIP) == "h:5"


@given(st.text(max_size=30))
def test_any_text_is_an_address_or_is_refused(text: str) -> None:
    try:
        once = same_address(with_port(text, SignProtocol.NTCIP))
    except InvalidSignError:
        return
    assert same_address(once) == once


NAMES = st.sampled_from(["id", "lines", "number", "places", "point", "lon", "lat", "rule", "address", "tenant"])
VALUES = st.recursive(
    st.none() | st.integers() | st.text(max_size=5),
    lambda inside: st.lists(inside, max_size=3) | st.dictionaries(NAMES, inside, max_size=4),
    max_leaves=12,
)


@given(VALUES)
def test_whatever_a_file_states_nothing_known_is_harmed(value: object) -> None:
    row = value if isinstance(value, dict) else {"id": "A", "lines": value}
    known = (sign("K", "h:1"),)
    found = merged(file_of(row), known=known)
    assert len(found.changed) + len(found.refusals) == 1 or row.get("id") == "K"
