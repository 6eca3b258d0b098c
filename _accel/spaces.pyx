# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True, initializedcheck=False
"""The two inner loops of the occupancy fold over single spaces: reading what sensors say, and counting a zone.

A zone's slots are the records of ``parking.fold.spaces``: 72 bytes each, little-endian, in slot order (observed_at µs
int64, event uint64, seq uint32, state uint8, flags uint8; then the sensor's vitals). ``Zone`` holds them in place, and
``observe`` puts observations in.

``observe`` reads the JSON that ``parking.codec`` writes, and nothing else: the fields of a ``space_observed`` in their
order, plain strings, times in UTC. At the first record that is anything else, or that admission might refuse, it stops
and says where; whoever called reads that one the long way. So it decides nothing: a record either is plainly admitted and
put where the total order says, or is left alone. ``look`` counts; what the counts mean is decided in ``parking.fold.zone``.

What is believed of a sensor, and which times are not admitted, are numbers that ``SlotKernel`` is given: none stands here.

The twins are ``parking.fold.spaces.put`` behind the long way, and ``parking.fold.kernel.PythonKernel.look``.
"""

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize, PyBytes_GET_SIZE
from cpython.mem cimport PyMem_Free, PyMem_Malloc
from cython cimport auto_pickle, final
from libc.stdint cimport int64_t, uint8_t, uint16_t
from libc.string cimport memcmp, memcpy, memset

from _accel.plain_observation cimport Seen, read
from _accel.slots cimport MAX_SLOTS, RECORD, WORDS, Rules, is_blank, put, settles

cdef enum:
    AUDIENCES = 16


@final
@auto_pickle(False)
cdef class Zone:
    """The slots of one zone, and which device speaks of which slot.

    ``tenant`` and the keys of ``devices`` are raw JSON text: ``source","device_id":"device``. ``folded`` counts what was
    read since ``settle``, ``changed_at`` is the last offset that changed a slot, or -1.
    """

    cdef readonly bytes key
    cdef bytes tenant
    cdef dict devices
    cdef readonly int64_t changed_at
    cdef readonly int64_t folded
    cdef int count
    cdef uint8_t *slots

    def __init__(self, bytes key not None, bytes tenant not None, dict devices not None, int count, bytes slots not None):
        if not 0 <= count <= MAX_SLOTS or PyBytes_GET_SIZE(slots) > count * RECORD:
            raise ValueError(f"a zone has 0..{MAX_SLOTS} slots of {RECORD} bytes")
        if not all(0 <= slot < count for slot in devices.values()):
            raise ValueError(f"a device of this zone observes one of its slots, 0..{count - 1}")
        if self.slots == NULL:
            self.slots = <uint8_t*>PyMem_Malloc(max(count, 1) * RECORD)
        elif count != self.count:
            raise ValueError("a zone is made once")
        if self.slots == NULL:
            raise MemoryError()
        self.key, self.tenant, self.devices, self.count = key, tenant, devices, count
        self.changed_at, self.folded = -1, 0
        self.load(slots)

    def __dealloc__(self):
        PyMem_Free(self.slots)

    def load(self, bytes slots not None):
        """Hold these records, as far as there are slots; those beyond them were never heard."""
        if self.slots == NULL:
            raise ValueError("a zone that was never made holds nothing")
        memset(self.slots, 0, self.count * RECORD)
        memcpy(self.slots, PyBytes_AS_STRING(slots), min(PyBytes_GET_SIZE(slots), self.count * RECORD))

    def records(self):
        """The records up to the last slot that was ever heard."""
        cdef int used = self.count
        while used > 0 and is_blank(self.slots + (used - 1) * RECORD):
            used -= 1
        return PyBytes_FromStringAndSize(<char*>self.slots, used * RECORD)

    def settle(self):
        """Forget what was counted since the last time."""
        self.changed_at, self.folded = -1, 0


@final
@auto_pickle(False)
cdef class SlotKernel:
    """The inner loops, under the rules they are given (spaces.pyi says which)."""

    cdef Rules rules

    def __init__(
        self, int record_bytes, int words, int64_t earliest_us, int64_t ahead_us, int flaps, int flap_s, int settled_s,
        int flapping,
    ):
        if record_bytes != RECORD or words != WORDS:
            raise ValueError(
                f"this kernel was built for records of {RECORD} bytes with {WORDS} words, and is asked to read records of "
                f"{record_bytes} with {words}: build it anew"
            )
        if flap_s < 0 or not 0 <= flapping < 8:
            raise ValueError(f"flap_s must be 0 or more and flapping 0..7, got {flap_s} and {flapping}")
        self.rules.earliest_us, self.rules.ahead_us = earliest_us, ahead_us
        self.rules.flaps, self.rules.flap_s, self.rules.settled_s = flaps, flap_s, settled_s
        self.rules.flapping = flapping

    def hold(self, bytes key not None, bytes tenant not None, dict devices not None, int count, bytes slots not None):
        """A zone to observe into."""
        return Zone(key, tenant, devices, count, slots)

    def observe(self, list records not None, Py_ssize_t start, dict zones not None, list touched not None):
        """Put records from ``start`` on into their zones; return the index of the first that must be read the long way.

        ``zones`` maps record keys to Zone. A zone read for the first time since its ``settle`` is appended to ``touched``.
        """
        cdef const Rules *rules = &self.rules
        cdef Seen seen
        cdef Zone zone
        cdef object record, key, value, slot
        cdef const char *text
        cdef Py_ssize_t i
        if start < 0:
            raise ValueError(f"start is {start}; it must be 0 or more")
        for i in range(start, len(records)):
            record = records[i]
            key, value = record.key, record.value
            found = zones.get(key)
            if found is None or type(value) is not bytes:
                return i
            zone = <Zone>found
            text = PyBytes_AS_STRING(value)
            if not read(text, text + PyBytes_GET_SIZE(value), &seen):
                return i
            if seen.tenant_size != PyBytes_GET_SIZE(zone.tenant) or memcmp(
                seen.tenant, PyBytes_AS_STRING(zone.tenant), seen.tenant_size
            ) != 0:
                return i
            slot = zone.devices.get(PyBytes_FromStringAndSize(seen.device, seen.device_size))
            if slot is None or seen.observed_us <= rules.earliest_us or (
                seen.observed_us - seen.received_us > rules.ahead_us
            ):
                return i
            if seen.received_us - <int64_t>record.timestamp * 1000 > rules.ahead_us:
                return i
            if zone.folded == 0:
                touched.append(zone)
            zone.folded += 1
            if put(zone.slots + <int>slot * RECORD, &seen):
                zone.changed_at = record.offset
        return len(records)

    def look(self, bytes slots not None, bytes limits_us not None, bytes masks not None, int64_t clock_us):
        """One look over all slots at ``clock_us`` (-1: before the first tick, when nothing has expired).

        ``limits_us`` (int64 each) is how long a record of each slot holds, ``masks`` (uint16) for whom it is. Returns
        (known, heard, newest_us, next_expiry_us, last_expiry_us, simulated, why, turns_us, states, tallies): times are 0
        where there is none, ``why`` has a bit a reason, ``states`` is packed two bits a slot, ``tallies`` maps an audience's
        index to (total, free, closed, unknown).
        """
        cdef int count = <int>(PyBytes_GET_SIZE(masks) // 2), stored = <int>(PyBytes_GET_SIZE(slots) // RECORD)
        cdef int slot, bit, last = 0
        cdef uint16_t mask
        cdef int64_t limit
        cdef int known = 0, heard = 0, why = 0
        cdef int64_t newest = 0, soonest = 0, latest = 0, turns = 0, at, until, quiet_from
        cdef uint8_t state, simulated = 0
        cdef int tallies[16][4]
        cdef uint8_t packed[32]
        cdef const uint8_t *records = <const uint8_t*>PyBytes_AS_STRING(slots)
        if count > MAX_SLOTS or PyBytes_GET_SIZE(limits_us) != count * 8:
            raise ValueError(f"at most {MAX_SLOTS} slots, each with a limit and a mask")
        memset(tallies, 0, sizeof(tallies))
        memset(packed, 0, sizeof(packed))
        for slot in range(count):
            state = 0
            at = 0
            if slot < stored:
                memcpy(&at, records + slot * RECORD, 8)
            if at == 0:
                why |= 1
            else:
                memcpy(&limit, PyBytes_AS_STRING(limits_us) + slot * 8, 8)
                until = at + limit
                heard += 1
                newest, latest = max(newest, at), max(latest, until)
                simulated |= records[slot * RECORD + 21] & 1
                state = records[slot * RECORD + 20]
                if state > 3:
                    raise ValueError(f"slot {slot} holds state {state}, of which nobody knows")
                quiet_from = settles(records + slot * RECORD, &self.rules)
                if clock_us >= 0 and until <= clock_us:
                    why, state = why | 1, 0
                elif state == 0:
                    why |= 1 << (records[slot * RECORD + 21] >> 1 & 7)
                    turns = min(turns, until) if turns else until
                elif quiet_from != 0 and (clock_us < 0 or clock_us < quiet_from):
                    why, state = why | 1 << self.rules.flapping, 0
                    turns = min(turns if turns else until, min(quiet_from, until))
                else:
                    known += 1
                    soonest = min(soonest, until) if soonest else until
            if state != 0:
                packed[slot // 4] |= state << (slot % 4 * 2)
                last = slot // 4 + 1
            memcpy(&mask, PyBytes_AS_STRING(masks) + slot * 2, 2)
            for bit in range(AUDIENCES):
                if mask >> bit & 1:
                    tallies[bit][0] += 1
                    if state != 2:
                        tallies[bit][1 if state == 1 else 2 if state == 3 else 3] += 1
        return (
            known, heard, newest, soonest, latest, bool(simulated), why, turns,
            PyBytes_FromStringAndSize(<char*>packed, last),
            {bit: (tallies[bit][0], tallies[bit][1], tallies[bit][2], tallies[bit][3]) for bit in range(AUDIENCES)
             if tallies[bit][0]},
        )
