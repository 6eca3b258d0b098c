"""Whether two addresses are one: a sign that two inventories drive shows now this, now that."""

import re
from ipaddress import IPv4Address, IPv6Address, ip_address

from parking.signs.words import InvalidSignError, SignProtocol

DEFAULT_PORTS = {SignProtocol.NTCIP: 161}
"""Of protocols that have one; TEDI has none."""

_LOOPBACK = "localhost"
_WITH_PORT = re.compile(r"(?s)(.*):([0-9]{1,5})")
_NUMERIC = re.compile(r"(?:0[xX][0-9A-Fa-f]*|[0-9]+)")


def with_port(address: str, protocol: SignProtocol) -> str:
    """The address as it is stored: the protocol's own port where it names none, brackets around a bare IPv6."""
    text = address.strip()
    if _is_bare_ipv6(text):
        text = f"[{text}]"
    port = DEFAULT_PORTS.get(protocol)
    is_without = text.endswith("]") or ":" not in text
    return f"{text}:{port}" if text and port and is_without else text


def same_address(address: str) -> str:
    """One text for all ways to write an address (host:port), to compare by.

    Raises InvalidSignError where the host is no single machine's, or is written so that programs read it differently.
    Not promised: a name and a number that lead to one machine are not found to be one; nobody is asked.
    """
    host, port = _split(address)
    found = _find_ip(host)
    if found is None:
        name = host.casefold().rstrip(".")
        _refuse_half_numeric(address, name)
        return f"{name}:{port}"
    if isinstance(found, IPv6Address) and found.ipv4_mapped is not None:
        found = found.ipv4_mapped
    if found.is_unspecified or found.is_multicast or str(found) == "255.255.255.255":
        raise InvalidSignError(f"address {address!r:.80} is no single sign's: give the one of the sign itself")
    if found in (IPv4Address("127.0.0.1"), IPv6Address("::1")):
        return f"{_LOOPBACK}:{port}"
    return f"[{found.compressed}]:{port}" if isinstance(found, IPv6Address) else f"{found}:{port}"


def _split(address: str) -> tuple[str, int]:
    found = _WITH_PORT.fullmatch(address)
    if found is None:
        raise InvalidSignError(f"address {address!r:.80} must be host:port, like 10.1.2.3:161")
    return found[1].removeprefix("[").removesuffix("]"), int(found[2])


def _find_ip(host: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(host)
    except ValueError:
        return None


def _is_bare_ipv6(text: str) -> bool:
    return text.count(":") > 1 and isinstance(_find_ip(text), IPv6Address)


def _refuse_half_numeric(address: str, name: str) -> None:
    """127.1, 010.1.2.3 and 0x7f000001 are addresses to some programs and names or other addresses to others."""
    if _NUMERIC.fullmatch(name.rpartition(".")[2]):
        raise InvalidSignError(
            f"address {address!r:.80} means different machines to different programs: write four plain decimal numbers"
        )
