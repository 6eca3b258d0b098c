"""Every Redis key, on one page. All keys of a tenant share one hash tag, so that they live on one node of a cluster.

| key                   | type   | field -> value                                              | lives        |
|-----------------------|--------|-------------------------------------------------------------|--------------|
| `{tenant}:live`       | hash   | place id -> revision (16 bytes) + Availability (msgpack)    | for good     |
| `{tenant}:places`     | hash   | place id -> revision (16 bytes) + Place (JSON)              | for good     |
|                       |        | `/` -> Tenant as its data declare it; `//` -> as it says    |              |
|                       |        | `/signs/ID` -> revision (16 bytes) + Sign (JSON)            |              |
| `{tenant}:changes`    | stream | `place` id, `value` as in `live`; or `catalogue` 1          | ~100,000     |
| `{tenant}:stream`     | string | when that stream began, in microseconds: its incarnation    | for good     |
| `{tenant}:clock`      | hash   | partition -> `wall` or `event`, a space, microseconds UTC   | for good     |
| `{tenant}:marks`      | hash   | partition -> stream_epoch of the worker that filled it      | for good     |
| `{tenant}:repairs`    | hash   | place id -> Findings (msgpack), of places with any          | for good     |
| `{tenant}:words`      | hash   | place id -> DeviceWords (msgpack), what each device said last | for good   |
| `{tenant}:decided`    | hash   | subject -> order (16 bytes), occasion (40), DecisionEntry (JSON) | see below |
| `{tenant}:confirmed`  | hash   | the same of the latest confirmation of that very occasion   | see below    |
| `{tenant}:decided_until` | zset | subject -> milliseconds UTC until which the two keep it     | see below    |
| `{tenant}:sign_status` | hash  | sign id -> SignStatus (JSON), with when it was written      | for good     |
| `placelibre:lease:{JOB}` | hash | `holder`, `fence`, `until` (milliseconds UTC), `run` (of the server) | for good |
| `placelibre:desk:{tenant}:kept:DIGEST` | string | of a random id: its Session (JSON), or a sign-in   | its end      |
| `placelibre:desk:{tenant}:person:DIGEST` | set | of a subject: digests of its sessions' ids         | a day    |
| `placelibre:tenants`  | set    | tenant ids                                                  | for good     |

An entry `catalogue` in the stream says that places or the tenant changed: read the snapshot again. Ids of the stream
are comparable within one incarnation only; a Redis that restarted empty begins another.

Values carry their own `valid_until`, so nothing needs a TTL: a reader treats what has expired as unknown by itself,
and still sees how old the last word is. A revision is stream_epoch and source offset, two big-endian uint64.

The order of a decision is stream_epoch and offset in `NS.decisions`, packed as a revision is. A subject stays for a
week after its last decision ran out (three months at most), and then every write takes some of those that are over with
it: what a city has decided of late bounds these three, and the topic can fill them again.

Memory, for counted sites (`python -m benchmarks.redis_memory`): 0.56 kB a place in `live` and `places` together, so
0.6 MB per 1,000 places, and 26 MB for a full change stream.
"""

import struct
from typing import NamedTuple

from parking.published.availability import Revision

TENANTS = "placelibre:tenants"
CITY = "/"
"""The field of `places` that describes the tenant as its data declare it; no place id contains a slash."""

OWN_WORDS = "//"
"""The field of `places` with what the city says of itself."""

SIGN = "/signs/"
"""What stands in `places` before the id of a sign."""

CHANGES_KEPT = 100_000
MAX_CHANGES_PER_CALL = 1_000
"""10,000 in one call would block Redis for 40 ms."""

REVISION = struct.Struct(">QQ")


class TenantKeys(NamedTuple):
    """The keys of one tenant, in the order in which the functions take them; they leave ``repairs`` alone."""

    live: str
    places: str
    changes: str
    stream: str
    clock: str
    marks: str
    repairs: str


def keys_of(tenant: str) -> TenantKeys:
    """The keys of a tenant."""
    return TenantKeys(*(f"{{{tenant}}}:{name}" for name in TenantKeys._fields))


class DecisionKeys(NamedTuple):
    """The keys of a tenant's latest decisions, in the order in which their function takes them."""

    decided: str
    confirmed: str
    decided_until: str


def decision_keys(tenant: str) -> DecisionKeys:
    """The keys of a tenant's latest decisions."""
    return DecisionKeys(*(f"{{{tenant}}}:{name}" for name in DecisionKeys._fields))


def sign_status_key(tenant: str) -> str:
    """The key of what the controller says of each sign."""
    return f"{{{tenant}}}:sign_status"


def device_words_key(tenant: str) -> str:
    """The key of what each device said last."""
    return f"{{{tenant}}}:words"


def desk_key(tenant: str, kind: str, digest: str) -> str:
    """A key of the desk's sessions. It does not begin as a city's do, so that who may read a city cannot read it."""
    return f"placelibre:desk:{{{tenant}}}:{kind}:{digest}"


def lease_key(job: str) -> str:
    """The key of a job's lease."""
    return f"placelibre:lease:{{{job}}}"


def pack_revision(revision: Revision) -> bytes:
    """16 bytes that the functions compare."""
    return REVISION.pack(*revision)


def unpack_revision(value: bytes) -> Revision:
    """The revision in front of a value."""
    epoch, offset = REVISION.unpack_from(value)
    return (epoch, offset)
