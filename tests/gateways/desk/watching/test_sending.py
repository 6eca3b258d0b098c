"""Notices go out by real sockets; what others wrote does nothing where it arrives."""

from __future__ import annotations

import pytest

from gateways.desk.watching.sending import AppriseSender, Delivery, inert, is_address, kind_of
from tests.gateways.desk.watching.servers import mail_server, web_server
from tests.support import free_ports

HOSTILE = "P1\r\nBcc: all@evil.example\x1b[2J<script>@everyone</script> [click](https://evil.example) \u202e_x_"
send = AppriseSender()


async def test_an_e_mail_arrives_with_its_words() -> None:
    with mail_server() as inbox:
        url = f"mailto://127.0.0.1:{inbox.port}?from=desk@city.example&to=ops@city.example"
        assert (await send(url, "Parking Graslin : muet", "28 parkings")).delivery is Delivery.SENT
        (mail,) = inbox.mails
        assert mail["to"] is not None
        assert "ops@city.example" in str(mail["to"])
        assert b"28 parkings" in (mail.get_payload(decode=True) or b"")


async def test_a_hostile_name_adds_no_header_to_an_e_mail() -> None:
    with mail_server() as inbox:
        url = f"mailto://127.0.0.1:{inbox.port}?from=desk@city.example&to=ops@city.example"
        assert (await send(url, inert(HOSTILE), inert(HOSTILE))).delivery is Delivery.SENT
        (mail,) = inbox.mails
        assert mail["bcc"] is None
        text = str(mail)
        assert "<script" not in text
        assert "\x1b" not in text


async def test_a_webhook_and_a_topic_of_ntfy_get_it_once() -> None:
    with web_server() as inbox:
        for url in (f"json://127.0.0.1:{inbox.port}/hook", f"ntfy://127.0.0.1:{inbox.port}/parkings"):
            assert (await send(url, "titre", "texte é")).delivery is Delivery.SENT
        hooked, topic = inbox.bodies
        assert (hooked["title"], hooked["message"]) == ("titre", "texte é")
        assert topic["message"] == "texte é"
        assert len(inbox.paths) == 2


async def test_who_is_not_there_or_refuses_can_be_asked_again() -> None:
    assert (await send(f"json://127.0.0.1:{free_ports()}/", "t", "x")).delivery is Delivery.REFUSED
    with web_server() as inbox:
        inbox.status = 503
        assert (await send(f"json://127.0.0.1:{inbox.port}/", "t", "x")).delivery is Delivery.REFUSED


async def test_whether_it_arrived_is_not_known_where_no_answer_came() -> None:
    with web_server() as inbox:
        inbox.is_mute = True
        found = await send(f"json://127.0.0.1:{inbox.port}/", "t", "x")
        assert found.delivery is Delivery.UNSURE
        assert len(inbox.bodies) == 1


@pytest.mark.parametrize("url", ["", "nonsense://x", "json://", "mailto://", "json://a,json://b", "\x00"])
async def test_what_is_no_address_is_refused(url: str) -> None:
    assert (await send(url, "t", "x")).delivery is not Delivery.SENT


def test_an_address_shows_its_kind_alone() -> None:
    url = "mailtos://user:secret@mail.example"
    assert is_address(url)
    assert kind_of(url) == "mailtos"


def test_what_others_wrote_is_readable_and_inert() -> None:
    assert inert("Gare Nord — P+R n°2") == "Gare Nord — P+R n°2"
    told = inert(HOSTILE)
    for hostile in ("\r", "\n", "\x1b", "<", ">", "@", "](", "://", "\u202e"):
        assert hostile not in told
