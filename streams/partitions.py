"""Which partition a key belongs to: the same murmur2 as every Kafka client, so that producer and Table agree."""

from functools import lru_cache

from aiokafka.partitioner import murmur2

CLOCK_PREFIX = b"#clock/"
FOLDED_PREFIX = b"#folded/"
ABOUT_PARTITIONS = b"#"
"""What the keys of rows begin with that are about no place."""


def partition_of(key: bytes, partitions: int) -> int:
    """The partition of a record key; for a row about a partition itself, the one in its name (ValueError: none)."""
    if key.startswith((CLOCK_PREFIX, FOLDED_PREFIX)):
        return int(key.rpartition(b"/")[2])
    return _hash_of(key) % partitions


@lru_cache(maxsize=65_536)
def _hash_of(key: bytes) -> int:
    """Places' keys come again and again, and in Python it is slow."""
    return int(murmur2(key)) & 0x7FFFFFFF


def clock_key(tenant: str, partition: int) -> bytes:
    """The Table key of a tenant's clock in a partition; a place key cannot start with '#'."""
    return CLOCK_PREFIX + f"{tenant}/{partition}".encode()


def folded_key(partition: int) -> bytes:
    """The Table key under which a partition keeps how far it is folded."""
    return FOLDED_PREFIX + str(partition).encode()


def clock_tenant(key: bytes) -> str:
    """The tenant of a clock row's key."""
    return key[len(CLOCK_PREFIX) :].rpartition(b"/")[0].decode()
