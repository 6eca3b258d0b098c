"""The checksum of two texts one after the other from the checksums of each (CRC-32, as gzip has it).

Checksums are polynomials over GF(2): that of a text followed by n more bytes is multiplied by x to the 8n. So a large
event that many listeners hear is read once, and each listener's stream only does this little sum.
"""

from functools import lru_cache

_POLYNOMIAL = 0xEDB88320
_ONE, _X8 = 0x80000000, 0x00800000  # bits are reflected: the highest is x to the 0


def combined(first: int, second: int, second_length: int) -> int:
    """CRC-32 of both texts together."""
    return _product(_shift(second_length), first) ^ second


def _product(one: int, other: int) -> int:
    """Of two polynomials, modulo CRC-32's."""
    found, bit = 0, _ONE
    while one:
        if one & bit:
            found ^= other
            one ^= bit
        bit >>= 1
        other = (other >> 1) ^ _POLYNOMIAL if other & 1 else other >> 1
    return found


@lru_cache(maxsize=256)
def _shift(length: int) -> int:
    """X to the 8 times length."""
    found, power = _ONE, _X8
    while length:
        if length & 1:
            found = _product(power, found)
        power = _product(power, power)
        length >>= 1
    return found
