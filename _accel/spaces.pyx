# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True, initializedcheck=False
"""The two inner loops of the occupancy fold over single spaces: reading what sensors say, and counting a zone.

A zone's slots are the records of ``parking.fold.spaces``: 72 bytes each, little-endian, in slot order (observed_at µs
int64, event uint64, seq uint32, state uint8, flags uint8; then the sensor's vitals). ``Zone`` holds them in place, and
``observe`` puts observations in.

``observe`` reads the JSON that ``parking.codec`` writes, and nothing else: the fields of a ``space_observed`` in their
order, plain strings, times in UTC. At the first record that is anything else, or that admission might refuse, it stops
and says where; whoever called reads that one the long way. So it decides nothing: a record either is plainly admitted and
put where the total order says, or is left alone. ``look`` counts; what the counts mean is decided in ``parking.fold.zone``.

The twins are ``parking.fold.spaces.put`` behind the long way, and ``parking.fold.kernel.PythonKernel.look``.
"""

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize, PyBytes_GET_SIZE
from cpython.mem cimport PyMem_Free, PyMem_Malloc
from cython cimport auto_pickle, final
from libc.stdint cimport int64_t, uint8_t, uint16_t, uint32_t, uint64_t
from libc.string cimport memcmp, memcpy, memmove, memset, strlen

cdef extern from *:
    """
    enum { RECORD = 72, MAX_SLOTS = 128, AUDIENCES = 16, NOT_PLAIN = -1, WORDS = 8, FLAPS = 6, FLAPPING = 5 };
    enum { BATTERY_MV = 22, BATTERY_S = 24, ALIVE_S = 28, FREE_S = 32, OCCUPIED_S = 36, WORDS_AT = 40 };
    enum { FLAP_S = 1200, SETTLED_S = 600 };
    static const long long DAY_US = 86400000000LL, AHEAD_US = 300000000LL, SECOND_US = 1000000LL;
    static const long long BEGAN_S = 1262304000LL, LAST_S = (1LL << 30) - 1;
    """
    enum:
        RECORD
        WORDS
        FLAPS
        FLAPPING
        BATTERY_MV
        BATTERY_S
        ALIVE_S
        FREE_S
        OCCUPIED_S
        WORDS_AT
        FLAP_S
        SETTLED_S
        MAX_SLOTS
        AUDIENCES
        NOT_PLAIN
    const int64_t DAY_US
    const int64_t AHEAD_US
    const int64_t SECOND_US
    const int64_t BEGAN_S
    const int64_t LAST_S


cdef inline bint is_blank(const uint8_t *record) noexcept nogil:
    """Whether nothing was ever heard of this slot, not even that its sensor lives."""
    cdef int64_t at
    cdef uint32_t alive
    memcpy(&at, record, 8)
    memcpy(&alive, record + ALIVE_S, 4)
    return at == 0 and alive == 0


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


cdef struct Seen:
    int64_t observed_us
    int64_t received_us
    uint64_t event
    uint32_t seq
    uint8_t state
    uint8_t flags
    bint says_battery
    uint16_t battery_mv
    const char *tenant
    Py_ssize_t tenant_size
    const char *device
    Py_ssize_t device_size


cdef inline const char *expect(const char *at, const char *end, const char *text, Py_ssize_t size) noexcept nogil:
    """Past ``text``, or NULL where it does not stand here."""
    if at == NULL or end - at < size or memcmp(at, text, size) != 0:
        return NULL
    return at + size


cdef inline const char *quoted(const char *at, const char *end) noexcept nogil:
    """The closing quote of a plain string of 1..512 bytes that begins here, or NULL."""
    cdef const char *start = at
    if at == NULL:
        return NULL
    while at < end and at[0] != c'"':
        if at[0] == c'\\' or <uint8_t>at[0] < 0x20:
            return NULL
        at += 1
    if at >= end or at == start or at - start > 512:
        return NULL
    return at


cdef inline int digits(const char *at, int count) noexcept nogil:
    """The number that ``count`` digits spell, or NOT_PLAIN."""
    cdef int value = 0, i
    for i in range(count):
        if at[i] < c'0' or at[i] > c'9':
            return NOT_PLAIN
        value = value * 10 + at[i] - c'0'
    return value


cdef const char *instant(const char *at, const char *end, int64_t *us) noexcept nogil:
    """Past ``YYYY-MM-DDTHH:MM:SS[.f]Z"`` (or +00:00), its microseconds in ``us``; NULL where it is anything else."""
    cdef int year, month, day, hour, minute, second, era, doe, fraction = 0, scale = 100000
    if at == NULL or end - at < 21:
        return NULL
    year, month, day = digits(at, 4), digits(at + 5, 2), digits(at + 8, 2)
    hour, minute, second = digits(at + 11, 2), digits(at + 14, 2), digits(at + 17, 2)
    if at[4] != c'-' or at[7] != c'-' or at[10] != c'T' or at[13] != c':' or at[16] != c':':
        return NULL
    if year < 1970 or month < 1 or month > 12 or day < 1 or day > 28 + (month != 2) * (2 + ((month + month // 8) & 1)) + (
        month == 2 and year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    ):
        return NULL
    if hour < 0 or hour > 23 or minute < 0 or minute > 59 or second < 0 or second > 59:
        return NULL
    at += 19
    if at[0] == c'.':
        at += 1
        while at < end and c'0' <= at[0] <= c'9':
            if scale == 0:
                return NULL
            fraction += (at[0] - c'0') * scale
            scale //= 10
            at += 1
        if scale == 100000:
            return NULL
    if month <= 2:
        year -= 1
    era = year // 400
    doe = (year - era * 400) * 365 + (year - era * 400) // 4 - (year - era * 400) // 100
    doe += (153 * (month + (-3 if month > 2 else 9)) + 2) // 5 + day - 1
    us[0] = (<int64_t>era * 146097 + doe - 719468) * DAY_US
    us[0] += (<int64_t>hour * 3600 + minute * 60 + second) * 1000000 + fraction
    if at < end and at[0] == c'+':
        return expect(at, end, b'+00:00"', 7)
    return expect(at, end, b'Z"', 2)


cdef const char *number(const char *at, const char *end, uint64_t *value) noexcept nogil:
    """Past a plain number of at most 18 digits, or NULL."""
    cdef const char *start = at
    value[0] = 0
    while at < end and c'0' <= at[0] <= c'9':
        value[0] = value[0] * 10 + (at[0] - c'0')
        at += 1
    if at == start or at - start > 18 or (start[0] == c'0' and at - start > 1):
        return NULL
    return at


cdef const char *event_id(const char *at, const char *end, uint64_t *event) noexcept nogil:
    """Past 16 lower-case hexadecimal digits, or NULL."""
    cdef int i
    event[0] = 0
    if at == NULL or end - at < 16:
        return NULL
    for i in range(16):
        if c'0' <= at[i] <= c'9':
            event[0] = event[0] << 4 | <uint64_t>(at[i] - c'0')
        elif c'a' <= at[i] <= c'f':
            event[0] = event[0] << 4 | <uint64_t>(at[i] - c'a' + 10)
        else:
            return NULL
    return at + 16


cdef const char *optional(const char *at, const char *end, Seen *seen) noexcept nogil:
    """Past the fields that are left out where they say nothing; NULL where one is not plain."""
    cdef uint64_t value
    cdef const char *past = expect(at, end, b',"seq":', 7)
    if past != NULL:
        at = number(past, end, &value)
        if at == NULL or value >> 32 != 0:
            return NULL
        seen.seq = <uint32_t>value
    past = expect(at, end, b',"time_shift_s":', 16)
    if past != NULL:
        at = number(past + (past < end and past[0] == c'-'), end, &value)
        if at == NULL:
            return NULL
    past = expect(at, end, b',"simulated":true', 17)
    if past != NULL:
        seen.flags, at = 1, past
    past = expect(at, end, b',"diagnostics":{', 16)
    if past != NULL:
        at = diagnostics(past, end, seen)
        if at == NULL:
            return NULL
    past = expect(at, end, b',"schema_version":1,', 20)
    if past != NULL:
        at = past - 1
    return at


cdef const char *decimal(const char *at, const char *end, bint whole, int64_t *thousandths) noexcept nogil:
    """Past a plain number, with a sign and (unless ``whole``) a fraction; NULL where it is none.

    ``thousandths`` is it times 1000, exactly; or -1 where it is negative, large, or finer than that.
    """
    cdef uint64_t integer, digit = 0
    cdef int places = 0
    cdef bint negative = at < end and at[0] == c'-', exact = True
    at = number(at + negative, end, &integer)
    if at == NULL:
        return NULL
    if at < end and at[0] == c'.':
        if whole:
            return NULL
        at += 1
        while at < end and c'0' <= at[0] <= c'9':
            if places < 3:
                digit = digit * 10 + <uint64_t>(at[0] - c'0')
            elif at[0] != c'0':
                exact = False
            places += 1
            at += 1
        if places == 0 or places > 18:
            return NULL
    while places < 3:
        digit *= 10
        places += 1
    if at >= end or at[0] == c'e' or at[0] == c'E' or at[0] == c'.':
        return NULL
    thousandths[0] = -1 if negative or not exact or integer > 60 else <int64_t>(integer * 1000 + digit)
    return at


cdef const char *ascii_text(const char *at, const char *end) noexcept nogil:
    """Past the closing quote of a plain ASCII string, which may be empty; NULL where it is anything else."""
    if at == NULL or at >= end or at[0] != c'"':
        return NULL
    at += 1
    while at < end and at[0] != c'"':
        if at[0] == c'\\' or <uint8_t>at[0] < 0x20 or <uint8_t>at[0] > 0x7E:
            return NULL
        at += 1
    return at + 1 if at < end else NULL


cdef const char *more(const char *at, const char *end) noexcept nogil:
    """Past an object of plain texts, numbers and truths; NULL where it is anything else."""
    cdef int64_t ignored
    cdef const char *past
    at = expect(at, end, b"{", 1)
    while at != NULL:
        at = expect(ascii_text(at, end), end, b":", 1)
        if at == NULL or at >= end:
            return NULL
        if at[0] == c'"':
            at = ascii_text(at, end)
        elif at[0] == c't' or at[0] == c'f':
            past = expect(at, end, b"true", 4)
            at = past if past != NULL else expect(at, end, b"false", 5)
        else:
            at = decimal(at, end, False, &ignored)
        past = expect(at, end, b"}", 1)
        if past != NULL:
            return past
        at = expect(at, end, b",", 1)
    return NULL


cdef const char *diagnostics(const char *at, const char *end, Seen *seen) noexcept nogil:
    """Past what a device says of itself, fields in their order, some left out; NULL where it is not plain."""
    cdef int64_t value
    cdef int field
    cdef bint first = True
    cdef const char *past
    cdef const char **names = [
        b'"battery_v":', b'"temperature_c":', b'"firmware":', b'"counter":', b'"reset_cause":',
        b'"previous_state_min":', b'"rssi_dbm":', b'"more":'
    ]
    for field in range(8):
        past = at if first else expect(at, end, b",", 1)
        past = expect(past, end, names[field], <Py_ssize_t>strlen(names[field]))
        if past == NULL:
            continue
        first = False
        if field == 7:
            at = more(past, end)
        elif field == 2 or field == 4:
            at = ascii_text(past, end)
        else:
            at = decimal(past, end, field > 2, &value)
        if at == NULL:
            return NULL
        if field == 0:
            if value < 0:
                return NULL
            seen.says_battery, seen.battery_mv = True, <uint16_t>value
    return NULL if first else expect(at, end, b"}", 1)


cdef bint read(const char *at, const char *end, Seen *seen) noexcept nogil:
    """Whether this is a ``space_observed`` exactly as our codec writes it; what it says in ``seen``."""
    cdef const char *close
    seen.seq, seen.flags, seen.says_battery, seen.battery_mv = 0, 0, False, 0
    at = expect(at, end, b'{"type":"space_observed","event_id":"', 37)
    at = event_id(at, end, &seen.event)
    at = expect(at, end, b'","tenant":"', 12)
    close = quoted(at, end)
    if close == NULL:
        return False
    seen.tenant, seen.tenant_size = at, close - at
    at = expect(close, end, b'","source":"', 12)
    seen.device = at
    close = quoted(at, end)
    at = quoted(expect(close, end, b'","device_id":"', 15), end)
    if at == NULL:
        return False
    seen.device_size = at - seen.device
    at = instant(expect(at, end, b'","observed_at":"', 17), end, &seen.observed_us)
    at = instant(expect(at, end, b',"received_at":"', 16), end, &seen.received_us)
    at = expect(at, end, b',"time_basis":"', 15)
    close = quoted(at, end)
    if close == NULL or not (
        (close - at == 6 and memcmp(at, b"device", 6) == 0) or (close - at == 7 and memcmp(at, b"gateway", 7) == 0)
        or (close - at == 7 and memcmp(at, b"arrival", 7) == 0)
    ):
        return False
    at = optional(close + 1, end, seen)
    at = expect(at, end, b',"state":"', 10)
    if at == NULL:
        return False
    if expect(at, end, b'free"}', 6) == end:
        seen.state = 1
    elif expect(at, end, b'occupied"}', 10) == end:
        seen.state = 2
    elif expect(at, end, b'closed"}', 8) == end:
        seen.state = 3
    elif expect(at, end, b'unknown"}', 9) == end:
        seen.state = 0
    else:
        return False
    return True


cdef inline bint raise_to(uint8_t *field, uint32_t second) noexcept nogil:
    """Keep the greater of a field and ``second``; whether that changed it."""
    cdef uint32_t held
    memcpy(&held, field, 4)
    if second <= held:
        return False
    memcpy(field, &second, 4)
    return True


cdef bint remember(uint8_t *field, uint32_t word) noexcept nogil:
    """Keep the greatest words, newest first, each once; whether this one is a new one among them."""
    cdef uint32_t words[8]
    cdef int place = 0
    memcpy(words, field, WORDS * 4)
    while place < WORDS and words[place] > word:
        place += 1
    if place == WORDS or words[place] == word:
        return False
    memmove(words + place + 1, words + place, (WORDS - 1 - place) * 4)
    words[place] = word
    memcpy(field, words, WORDS * 4)
    return True


cdef bint put_vitals(uint8_t *slot, const Seen *seen) noexcept nogil:
    """What this word tells of the sensor (parking.fold.vitals); whether that is new."""
    cdef int64_t second = seen.observed_us // SECOND_US - BEGAN_S
    cdef uint32_t at, battery_s
    cdef uint16_t battery_mv
    cdef bint changed = False
    if second <= 0 or second > LAST_S:
        return False
    at = <uint32_t>second
    if seen.says_battery:
        memcpy(&battery_mv, slot + BATTERY_MV, 2)
        memcpy(&battery_s, slot + BATTERY_S, 4)
        if at > battery_s or (at == battery_s and seen.battery_mv > battery_mv):
            memcpy(slot + BATTERY_MV, &seen.battery_mv, 2)
            memcpy(slot + BATTERY_S, &at, 4)
            changed = True
    changed |= raise_to(slot + ALIVE_S, at)
    if seen.state == 1:
        changed |= raise_to(slot + FREE_S, at)
    elif seen.state == 2:
        changed |= raise_to(slot + OCCUPIED_S, at)
    changed |= remember(slot + WORDS_AT, at << 2 | seen.state)
    return changed


cdef int64_t settles(const uint8_t *slot) noexcept nogil:
    """The microsecond from which a flapping sensor is believed again; 0 where it does not flap."""
    cdef uint32_t words[8]
    cdef int place, changes = 0
    cdef uint32_t last = 0, state
    memcpy(words, slot + WORDS_AT, WORDS * 4)
    if words[WORDS - 1] == 0 or (words[0] >> 2) - (words[WORDS - 1] >> 2) > FLAP_S:
        return 0
    for place in range(WORDS):
        state = words[place] & 3
        if state != 0:
            changes += last != 0 and state != last
            last = state
    if changes < FLAPS:
        return 0
    return (<int64_t>(words[0] >> 2) + SETTLED_S + BEGAN_S) * SECOND_US


cdef inline bint put(uint8_t *slot, const Seen *seen) noexcept nogil:
    """Write what this observation says of the space, if it is greater by the total order, and of the sensor.

    Whether it says anything new.
    """
    cdef int64_t observed_us
    cdef uint64_t event
    cdef uint32_t seq
    cdef bint changed = put_vitals(slot, seen)
    memcpy(&observed_us, slot, 8)
    memcpy(&event, slot + 8, 8)
    memcpy(&seq, slot + 16, 4)
    if seen.observed_us != observed_us:
        if seen.observed_us < observed_us:
            return changed
    elif seen.seq != seq:
        if seen.seq < seq:
            return changed
    elif seen.event <= event:
        return changed
    memcpy(slot, &seen.observed_us, 8)
    memcpy(slot + 8, &seen.event, 8)
    memcpy(slot + 16, &seen.seq, 4)
    slot[20], slot[21] = seen.state, seen.flags
    return True


def observe(list records not None, Py_ssize_t start, dict zones not None, list touched not None):
    """Put records from ``start`` on into their zones; return the index of the first that must be read the long way.

    ``zones`` maps record keys to Zone. A zone read for the first time since its ``settle`` is appended to ``touched``.
    """
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
        if slot is None or seen.observed_us <= DAY_US or seen.observed_us - seen.received_us > AHEAD_US:
            return i
        if seen.received_us - <int64_t>record.timestamp * 1000 > AHEAD_US:
            return i
        if zone.folded == 0:
            touched.append(zone)
        zone.folded += 1
        if put(zone.slots + <int>slot * RECORD, &seen):
            zone.changed_at = record.offset
    return len(records)


def look(bytes slots not None, bytes limits_us not None, bytes masks not None, int64_t clock_us):
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
            quiet_from = settles(records + slot * RECORD)
            if clock_us >= 0 and until <= clock_us:
                why, state = why | 1, 0
            elif state == 0:
                why |= 1 << (records[slot * RECORD + 21] >> 1 & 7)
                turns = min(turns, until) if turns else until
            elif quiet_from != 0 and (clock_us < 0 or clock_us < quiet_from):
                why, state = why | 1 << FLAPPING, 0
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
