# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True, initializedcheck=False
"""Reading a ``space_observed`` exactly as ``parking.codec`` writes it, in one pass; anything else is left to others.

Every function goes past what it knows and says where that ends, or NULL where it stands before anything else. A NULL
that is handed on stays NULL, so that a line of steps needs one question at its end.
"""

from libc.stdint cimport int64_t, uint8_t, uint16_t, uint32_t, uint64_t
from libc.string cimport memcmp, strlen

cdef extern from * nogil:
    """
    enum { NOT_PLAIN = -1 };
    static const long long DAY_US = 86400000000LL;
    """
    enum:
        NOT_PLAIN
    const int64_t DAY_US


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


cdef inline const char *instant(const char *at, const char *end, int64_t *us) noexcept nogil:
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


cdef inline const char *number(const char *at, const char *end, uint64_t *value) noexcept nogil:
    """Past a plain number of at most 18 digits, or NULL."""
    cdef const char *start = at
    value[0] = 0
    while at < end and c'0' <= at[0] <= c'9':
        value[0] = value[0] * 10 + (at[0] - c'0')
        at += 1
    if at == start or at - start > 18 or (start[0] == c'0' and at - start > 1):
        return NULL
    return at


cdef inline const char *event_id(const char *at, const char *end, uint64_t *event) noexcept nogil:
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


cdef inline const char *optional(const char *at, const char *end, Seen *seen) noexcept nogil:
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
    return at


cdef inline const char *decimal(const char *at, const char *end, bint whole, int64_t *thousandths) noexcept nogil:
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


cdef inline const char *ascii_text(const char *at, const char *end) noexcept nogil:
    """Past the closing quote of a plain ASCII string, which may be empty; NULL where it is anything else."""
    if at == NULL or at >= end or at[0] != c'"':
        return NULL
    at += 1
    while at < end and at[0] != c'"':
        if at[0] == c'\\' or <uint8_t>at[0] < 0x20 or <uint8_t>at[0] > 0x7E:
            return NULL
        at += 1
    return at + 1 if at < end else NULL


cdef inline const char *more(const char *at, const char *end) noexcept nogil:
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


cdef inline const char *diagnostics(const char *at, const char *end, Seen *seen) noexcept nogil:
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


cdef inline bint read(const char *at, const char *end, Seen *seen) noexcept nogil:
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
