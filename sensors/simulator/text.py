"""Columns of bytes that read as text: times, hexadecimal and base64, by tables instead of one by one."""

import base64
from datetime import timedelta

import numpy as np

from parking.instants import from_us
from sensors.simulator.chance import Bytes, Integers, Words


def _table(texts: list[str]) -> Bytes:
    return np.array([list(text.encode()) for text in texts], np.uint8)


_HEX = _table([f"{byte:02x}" for byte in range(256)])
_THOUSAND = _table([f"{number:03}" for number in range(1000)])
_CLOCK = _table([f"{hour:02}:{minute:02}:{second:02}." for hour in range(24) for minute in range(60) for second in range(60)])  # fmt: skip  # noqa: E501
_SIX_BITS = np.frombuffer(base64.b64encode(bytes(np.packbits(
    (np.arange(64)[:, None] >> np.arange(5, -1, -1)) & 1
))), np.uint8)  # fmt: skip
_DAY_US = 24 * 3600 * 1_000_000


def hexadecimal(words: Words) -> Bytes:
    """16 digits a word."""
    return _HEX[words.astype(">u8").view(np.uint8)].reshape(len(words), 16)


def instants(us: Integers, zone: str) -> Bytes:
    """``2026-11-20T06:00:00.123`` and the zone, cut to the millisecond."""
    days, within = np.divmod(us, _DAY_US)
    first = int(days.min()) if len(days) else 0
    last = int(days.max()) if len(days) else 0
    dates = _table([f"{from_us(first * _DAY_US) + timedelta(days=n):%Y-%m-%dT}" for n in range(last - first + 1)])
    rows = np.empty((len(us), 23 + len(zone)), np.uint8)
    rows[:, :11] = dates[days - first]
    rows[:, 11:20] = _CLOCK[within // 1_000_000]
    rows[:, 20:23] = _THOUSAND[within // 1000 % 1000]
    rows[:, 23:] = np.frombuffer(zone.encode(), np.uint8)
    return rows


def base64_rows(rows: Bytes) -> Bytes:
    """Each row of bytes as base64 with its padding."""
    count, width = rows.shape
    missing = -width % 3
    padded = np.concatenate((rows, np.zeros((count, missing), np.uint8)), axis=1)
    a, b, c = (padded[:, at::3] for at in range(3))
    sixes = np.stack((a >> 2, (a & 3) << 4 | b >> 4, (b & 15) << 2 | c >> 6, c & 63), axis=2)
    text = _SIX_BITS[sixes].reshape(count, -1)
    if missing:
        text[:, -missing:] = ord("=")
    return text


def as_list(rows: Bytes) -> list[bytes]:
    """A bytes object each; zero bytes at the end fall away."""
    texts: list[bytes] = np.ascontiguousarray(rows).view(f"S{rows.shape[1]}").ravel().tolist()
    return texts
