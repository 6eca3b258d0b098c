"""Who asks: what anybody may write is believed from trusted proxies alone."""

from __future__ import annotations

import pytest

from serving.clients import ClientFinder, read_networks
from tests.serving.asking import scope_of

PROXY, OTHER_PROXY, CLIENT, LIAR = "10.0.0.1", "10.0.0.2", "198.51.100.7", "203.0.113.66"
FINDER = ClientFinder(read_networks("10.0.0.0/8, fd00::/8"))


def found(peer: str | None, **headers: str) -> str:
    return FINDER.find(scope_of(client=peer, **headers))


@pytest.mark.parametrize(
    ("peer", "headers", "client"),
    [
        (CLIENT, {}, CLIENT),
        (LIAR, {"X_Forwarded_For": CLIENT}, LIAR),
        (LIAR, {"Forwarded": f"for={CLIENT}"}, LIAR),
        (PROXY, {}, PROXY),
        (PROXY, {"X_Forwarded_For": CLIENT}, CLIENT),
        (PROXY, {"X_Forwarded_For": f"{LIAR}, {CLIENT}"}, CLIENT),
        (PROXY, {"X_Forwarded_For": f"{CLIENT}, {OTHER_PROXY}"}, CLIENT),
        (PROXY, {"X_Forwarded_For": f"{CLIENT}:4711"}, CLIENT),
        (PROXY, {"X_Forwarded_For": OTHER_PROXY}, OTHER_PROXY),
        (PROXY, {"X_Forwarded_For": "unknown"}, PROXY),
        (PROXY, {"X_Forwarded_For": f"{LIAR}, unknown, {OTHER_PROXY}"}, OTHER_PROXY),
        (PROXY, {"Forwarded": f"for={CLIENT};proto=https;by=10.0.0.1"}, CLIENT),
        (PROXY, {"Forwarded": f'for={LIAR}, For="{CLIENT}:4711"'}, CLIENT),
        (PROXY, {"Forwarded": 'for="[2001:db8:1:2::9]:4711"'}, "2001:db8:1:2::/64"),
        (PROXY, {"Forwarded": "for=_hidden"}, PROXY),
        (PROXY, {"Forwarded": f"for={CLIENT}:4711"}, CLIENT),  # against the RFC, and written all the same
        (PROXY, {"Forwarded": f'for={LIAR}, for="{CLIENT}:_port" ; proto=https'}, CLIENT),
        (PROXY, {"Forwarded": "proto=https"}, PROXY),
        (PROXY, {"X_Forwarded_For": CLIENT, "Forwarded": f"for={CLIENT}"}, CLIENT),
        (PROXY, {"X_Forwarded_For": LIAR, "Forwarded": f"for={CLIENT}"}, PROXY),
        (f"::ffff:{PROXY}", {"X_Forwarded_For": CLIENT}, CLIENT),
        ("fd00::1", {"X_Forwarded_For": "2001:db8::1"}, "2001:db8::/64"),
        (None, {"X_Forwarded_For": CLIENT}, ""),
    ],
)
def test_a_hop_is_believed_as_far_as_trusted_proxies_go(peer: str | None, headers: dict[str, str], client: str) -> None:
    assert found(peer, **headers) == client


OPENED = (f'for="[{LIAR}]', f'for="[{LIAR}]:1', 'for="', f'by="x;for={LIAR}', f'for="[{LIAR}]\\')


@pytest.mark.parametrize("opened", OPENED)
def test_a_quote_that_a_client_left_open_does_not_swallow_what_its_proxy_adds(opened: str) -> None:
    appended = opened + ', for="[2001:db8:1:2::9]:4711";proto=https'
    assert found(PROXY, Forwarded=appended) == PROXY, "nobody can say who asks: not the liar's word"
    assert found(PROXY, Forwarded=appended, X_Forwarded_For=LIAR) == PROXY, "nor by the header that no proxy touched"


def test_one_ipv6_client_is_its_whole_network() -> None:
    assert found("2001:db8::1") == found("2001:db8::ffff:2") != found("2001:db8:0:1::1")


def test_what_is_no_network_is_refused() -> None:
    with pytest.raises(ValueError, match="everyone"):
        read_networks("10.0.0.1, everyone")
    assert read_networks("") == ()
