"""Addresses to listen at, as settings write them: host:port."""


def read_listen_address(value: str | None) -> str | None:
    """The setting, None where it is empty. Raises ValueError that says what it must be."""
    if not value:
        return None
    host, _, port = value.rpartition(":")
    if not host or not port.isdecimal() or not 0 < int(port) < 65536:
        raise ValueError("must be host:port, like 127.0.0.1:18080, or 0.0.0.0:80 for everyone")
    return value


def split_address(address: str) -> tuple[str, int]:
    """Host and port, the host without the brackets of IPv6."""
    host, _, port = address.rpartition(":")
    return host.strip("[]"), int(port)
