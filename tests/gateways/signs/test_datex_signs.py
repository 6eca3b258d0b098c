"""VmsTable and Vms publications: what they say and leave out, everywhere; and by the schema where it is."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from xml.etree.ElementTree import Element, fromstring

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateways.signs.datex.driver import DatexDriver
from gateways.signs.datex.elements import Publisher
from gateways.signs.datex.status import render_status
from gateways.signs.datex.table import render_table, select_published
from gateways.signs.driver import SignLiesError, SignRefusedError
from parking.catalogue.model import Point
from parking.signs.face import DARK, Face, FaceLine
from parking.signs.model import Cell, Sign, SignLimits, SignLine
from parking.signs.status import LineStatus, OverrideStatus, Shown, SignState, SignStatus
from parking.signs.words import SignMode, SignProtocol
from tests.support import at, shared

CITY = Publisher("fr", "testville")
VMS = "{http://datex2.eu/schema/3/vms}"
COM = "{http://datex2.eu/schema/3/common}"
LOC = "{http://datex2.eu/schema/3/locationReferencing}"


def sign(name: str = "A12", **more: Any) -> Sign:
    fields: dict[str, Any] = {
        "tenant": "testville",
        "id": name,
        "name": "Quai <Ceineray> & Co",
        "protocol": SignProtocol.NTCIP,
        "address": "10.0.0.1:161",
        "road": "D723",
        "point": Point(lon=-1.55, lat=47.22),
        "bearing_deg": 90,
        "lines": (
            SignLine(number=1, legend="COMMERCE", places=("a",)),
            SignLine(number=2, legend="GRASLIN", places=("b",), is_printed=True, cell=Cell(width=24, height=7)),
        ),
        "limits": SignLimits(sign_type=134, width_mm=2400, height_mm=800, width_px=96, height_px=27),
    }
    return Sign(**(fields | more))


def status(state: SignState = SignState.SHOWING, **more: Any) -> SignStatus:
    is_blank = state is SignState.DARK
    fields: dict[str, Any] = {
        "sign": "A12",
        "at": at(5),
        "written_at": at(5),
        "state": state,
        "since": at(1),
        "lines": (
            LineStatus(number=1, legend="COMMERCE", value="123", since=at(3)),
            LineStatus(number=2, value="45", since=at(2)),
        ),
        "shown": Shown(at=at(4), text="[jl2]COMMERCE[jl4]123", is_blank=is_blank, matches=state is not SignState.WRONG),
    }
    return SignStatus(**(fields | more))


def show(*statuses: SignStatus, signs: tuple[Sign, ...] = (), now: datetime | None = None) -> Element:
    published = select_published("testville", signs or (sign(),))
    document = render_status(published, {each.sign: each for each in statuses}, CITY, now or at(5))
    assert document is not None
    return fromstring(document)


def texts(root: Element, tag: str) -> list[str]:
    return [found.text or "" for found in root.iter(tag)]


def test_a_table_says_what_stands_where() -> None:
    document = render_table(select_published("testville", [sign()]), CITY, at())
    assert document is not None
    root = fromstring(document)
    assert (root.get("lang"), root.get("modelBaseVersion")) == ("fr", "3")
    assert texts(root, f"{COM}value") == ["Quai <Ceineray> & Co · D723 · 2 GRASLIN"]
    assert (texts(root, f"{LOC}latitude"), texts(root, f"{LOC}longitude")) == (["47.22"], ["-1.55"])
    assert texts(root, f"{VMS}dedicatedUsage") == ["parkingInformation"]
    assert texts(root, f"{VMS}vmsType") == ["fullMatrixSign"]
    assert texts(root, f"{VMS}displayWidth") == ["2.4"]
    assert texts(root, f"{COM}publicationTime") == ["2026-05-04T12:00:00.000Z"]
    assert b"10.0.0.1" not in document, "an address is nobody's business"


def test_what_is_not_known_of_a_sign_is_not_in_the_table() -> None:
    bare = sign(point=None, bearing_deg=None, limits=SignLimits(), road=None)
    root = fromstring(render_table(select_published("testville", [bare]), CITY, at()) or b"")
    for tag in ("vmsType", "displayHeight", "displayWidth", "displayGeometry", "vmsLocation", "pixelsAcross"):
        assert not texts(root, VMS + tag)


def test_a_version_is_another_when_the_table_is() -> None:
    first = select_published("testville", [sign(), sign("B1")])
    assert first.version == select_published("testville", [sign("B1"), sign()]).version
    again = sign(limits=msgspec.structs.replace(sign().limits, read_at=at()))
    assert first.version == select_published("testville", [again, sign("B1")]).version
    assert first.version != select_published("testville", [sign(name="A12", road="D1"), sign("B1")]).version


def test_retired_signs_and_made_up_numbers_are_not_published_as_real() -> None:
    mixed = [sign("S1", is_software=True), sign("R1", mode=SignMode.RETIRED), sign("A1")]
    published = select_published("testville", mixed)
    assert ([each.id for each in published.signs], published.information) == (["A1"], "real")
    toys = select_published("testville", mixed[:2])
    assert ([each.id for each in toys.signs], toys.information) == (["S1"], "test")
    assert render_table(select_published("testville", []), CITY, at()) is None
    assert render_status(select_published("elsewhere", mixed), {}, CITY, at()) is None


def test_what_a_sign_says_that_it_shows_is_published_with_its_times() -> None:
    root = show(status())
    assert texts(root, f"{VMS}workingStatus") == ["working"]
    assert texts(root, f"{VMS}isBlank") == ["false"]
    lines = [line.text for line in root.iter(f"{VMS}textLine") if line.text and line.text.strip()]
    assert lines == ["COMMERCE 123", "45"], "a printed legend is no part of what is lit"
    assert texts(root, f"{VMS}isExactTextOnSign") == ["true", "true"]
    assert texts(root, f"{VMS}timeLastSet") == ["2026-05-04T12:03:00.000Z"]
    assert texts(root, f"{VMS}setBySystem") == ["true"]
    assert not list(root.iter(f"{VMS}vmsFault"))


def test_a_message_that_others_display_is_not_said_to_stand_there() -> None:
    root = show(status(), signs=(sign(protocol=SignProtocol.DATEX, address=None),))
    assert set(texts(root, f"{VMS}isExactTextOnSign")) == {"false"}


def test_an_operators_word_has_its_reason_and_no_name() -> None:
    override = OverrideStatus(decision="d", author="jeanne@ville.fr", reason="works", expires_at=at(60))
    published = select_published("testville", (sign(),))
    document = render_status(published, {"A12": status(override=override)}, CITY, at(5)) or b""
    root = fromstring(document)
    assert texts(root, f"{VMS}setBySystem") == ["false"]
    assert texts(root, f"{COM}value") == ["travaux", "works"]
    assert texts(root, f"{VMS}codedReasonForSetting") == ["operatorCreated"]
    assert b"jeanne" not in document


def test_a_dark_sign_is_blank() -> None:
    root = show(status(SignState.DARK))
    assert (texts(root, f"{VMS}workingStatus"), texts(root, f"{VMS}isBlank")) == (["blank"], ["true"])
    assert not list(root.iter(f"{VMS}isExactTextOnSign"))


@pytest.mark.parametrize(
    ("known", "now"),
    [
        (None, at(5)),
        (status(SignState.STARTING, shown=None), at(5)),
        (status(), at(5) + timedelta(seconds=61)),
        (status(SignState.SILENT), at(5)),
        (status(SignState.TAKEN), at(5)),
        (status(SignState.WRONG), at(5)),
        (status(SignState.NOT_VISIBLE), at(5)),
        (status(shown=None), at(5)),
        (status(shown=Shown(at=at(4), matches=None)), at(5)),
    ],
    ids=["never seen", "starting", "old", "silent", "taken", "wrong", "not visible", "never read", "not compared"],
)
def test_what_nobody_knows_to_be_shown_is_not_published_as_shown(known: SignStatus | None, now: datetime) -> None:
    root = show(*([known] if known else []), now=now)
    assert not list(root.iter(f"{VMS}textLine"))
    assert "123" not in "".join(root.itertext())
    assert not texts(root, f"{VMS}isBlank"), "unknown is not blank"


@pytest.mark.parametrize(
    ("known", "fault"),
    [
        (status(SignState.WRONG), ["incorrectMessageDisplayed"]),
        (status(SignState.WRONG, lines=()), ["unableToClearDown"]),
        (status(SignState.NOT_VISIBLE), ["outOfService"]),
        (status(SignState.SILENT), []),
        (status(), []),
    ],
)
def test_faults_are_the_schemas_own(known: SignStatus, fault: list[str]) -> None:
    root = show(known)
    assert [text for text in texts(root, f"{VMS}vmsFault") if text.strip()] == fault
    silent = ["communicationsFailure"] if known.state is SignState.SILENT else []
    assert [text for text in texts(root, f"{VMS}vmsControllerFault") if text.strip()] == silent


def test_a_sign_out_of_service_says_so_and_is_dark() -> None:
    root = show(status(SignState.DARK, lines=()), signs=(sign(mode=SignMode.OUT_OF_SERVICE),))
    assert "outOfService" in texts(root, f"{VMS}vmsFault")
    assert texts(root, f"{VMS}isBlank") == ["true"]


def test_a_status_refers_to_the_table_that_was_published() -> None:
    published = select_published("testville", [sign()])
    root = show(status())
    (table,), (controller,) = (
        list(root.iter(f"{VMS}vms{kind}Reference")) for kind in ("ControllerTable", "Controller")
    )
    assert (table.get("id"), table.get("version")) == (published.table, published.version)
    assert (controller.get("id"), controller.get("targetClass")) == ("A12", "vms:VmsController")


@given(st.text(min_size=1, max_size=2000), st.text(max_size=50))
def test_whatever_a_status_says_the_document_is_well_formed(reason: str, value: str) -> None:
    override = OverrideStatus(decision="d", author="x", reason=reason, expires_at=at(60))
    line = LineStatus(number=1, legend="A", value=value, since=at(3))
    show(status(override=override, lines=(line,)))


@pytest.mark.slow
def test_our_documents_are_sound_by_the_schema_itself() -> None:
    xmlschema = pytest.importorskip("xmlschema", reason="xmlschema reads the schemas: pip install xmlschema")
    schema = xmlschema.XMLSchema11(str(shared("datex2/xsd_v3/v3.7/DATEXII_3_D2Payload.xsd")))
    override = OverrideStatus(decision="d", author="x", reason="\x00 odd", expires_at=at(60))
    unknown: dict[str, Any] = {"point": None, "bearing_deg": None, "limits": SignLimits(), "lines": ()}
    bare = sign("B1", protocol=SignProtocol.DATEX, address=None, **unknown)
    signs = (sign(), bare, sign("C1", mode=SignMode.OUT_OF_SERVICE, protocol=SignProtocol.TEDI))
    published = select_published("testville", signs)
    documents = [render_table(published, CITY, at())]
    for state in SignState:
        for known in (status(state), status(state, override=override), status(state, shown=None, lines=())):
            others = dict.fromkeys(("A12", "B1", "C1"), known)
            documents += [render_status(published, each, CITY, at(5)) for each in ({"A12": known}, others)]
    documents.append(render_status(published, {}, CITY, at(5)))
    for document in documents:
        schema.validate((document or b"").decode())
    with pytest.raises(xmlschema.XMLSchemaException):
        schema.validate((documents[0] or b"").decode().replace('lang="fr"', ""))


async def may() -> None:
    """The lease is ours."""


FACE = Face((FaceLine(1, "COMMERCE", "123"),))


async def test_a_published_message_ends_by_itself_and_guarantees_nothing_on_the_road() -> None:
    now = at()
    driver = DatexDriver(sign(protocol=SignProtocol.DATEX, address=None), clock=lambda: now)
    assert driver.fail_safe.within_s is None
    assert (await driver.read(DARK)).matches
    reading = await driver.show(FACE, 3, may)
    assert (reading.matches, reading.is_blank, reading.is_visible, reading.remaining_min) == (True, False, None, 3)
    now = at(2)
    assert (await driver.extend(FACE, 3, may)).remaining_min == 3
    with pytest.raises(SignLiesError):
        await driver.extend(DARK, 3, may)
    now = at(6)
    assert (await driver.read(FACE)).is_blank
    assert not (await driver.read(FACE)).matches
    with pytest.raises(SignRefusedError):
        await driver.show(Face(is_pattern=True), 1, may)
    assert (await driver.secure(may)).is_blank
    assert (await driver.read_health()).faults == ()
    await driver.close()


async def test_a_lease_that_is_gone_publishes_nothing() -> None:
    async def gone() -> None:
        raise SignRefusedError("the lease is somebody else's")

    driver = DatexDriver(sign(), clock=at)
    with pytest.raises(SignRefusedError):
        await driver.show(FACE, 3, gone)
    assert (await driver.read()).is_blank
