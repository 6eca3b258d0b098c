# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True, initializedcheck=False
"""The JSON of network servers: which of its fields are ours, and how one value is passed, kept or refused.

Every function goes past what it knows and says where that ends, or NULL where the message must be read the long way.
"""

from libc.stdint cimport int64_t, uint8_t, uint32_t
from libc.string cimport memchr, memcmp

cdef extern from *:
    """
    enum { MAX_DEPTH = 32, MAX_PAYLOAD = 242, MAX_ID = 64, NO_RSSI = 1000 };
    enum { MESSAGE, DEVICE, END_DEVICE, UPLINK, GATEWAY, LABELS };
    enum { NOTHING, EUI, PORT, COUNT, DATA, TIME, NAME, THEIR_EUI, THEIR_PORT, THEIR_COUNT, THEIR_DATA, THEIR_TIME,
           ARRIVAL, LABEL, TEXTS, CHIRPSTACK, THINGS, UPLINK_MESSAGE, HEARD_BY, THEIR_HEARD_BY, IDS, SIMULATED, TAGS, KEY, RSSI };
    typedef struct { int room; int field; int size; const char *name; } Known;
    static const Known KNOWN[] = {
        {MESSAGE, CHIRPSTACK, 10, "deviceInfo"}, {DEVICE, EUI, 6, "devEui"}, {MESSAGE, PORT, 5, "fPort"},
        {MESSAGE, COUNT, 4, "fCnt"}, {MESSAGE, DATA, 4, "data"}, {MESSAGE, TIME, 4, "time"},
        {MESSAGE, NAME, 15, "deduplicationId"}, {MESSAGE, HEARD_BY, 6, "rxInfo"}, {GATEWAY, RSSI, 4, "rssi"},
        {MESSAGE, THINGS, 14, "end_device_ids"}, {END_DEVICE, THEIR_EUI, 7, "dev_eui"},
        {MESSAGE, UPLINK_MESSAGE, 14, "uplink_message"}, {UPLINK, THEIR_PORT, 6, "f_port"},
        {UPLINK, THEIR_COUNT, 5, "f_cnt"}, {UPLINK, THEIR_DATA, 11, "frm_payload"},
        {UPLINK, THEIR_TIME, 11, "received_at"}, {MESSAGE, ARRIVAL, 11, "received_at"},
        {UPLINK, KEY, 9, "app_s_key"}, {UPLINK, THEIR_HEARD_BY, 11, "rx_metadata"},
        {MESSAGE, IDS, 15, "correlation_ids"}, {MESSAGE, SIMULATED, 9, "simulated"},
        {DEVICE, TAGS, 4, "tags"}, {LABELS, LABEL, 9, "simulated"},
    };
    enum { KNOWN_FIELDS = sizeof(KNOWN) / sizeof(KNOWN[0]) };
    """
    enum:
        MAX_DEPTH
        MAX_PAYLOAD
        MAX_ID
        NO_RSSI
        MESSAGE
        DEVICE
        END_DEVICE
        UPLINK
        GATEWAY
        LABELS
        NOTHING
        EUI
        PORT
        COUNT
        DATA
        TIME
        NAME
        THEIR_EUI
        THEIR_PORT
        THEIR_COUNT
        THEIR_DATA
        THEIR_TIME
        ARRIVAL
        LABEL
        TEXTS
        CHIRPSTACK
        THINGS
        UPLINK_MESSAGE
        HEARD_BY
        THEIR_HEARD_BY
        IDS
        SIMULATED
        TAGS
        KEY
        RSSI
        KNOWN_FIELDS
    ctypedef struct Known:
        int room
        int field
        int size
        const char *name
    const Known KNOWN[]


cdef struct Text:
    const char *at  # NULL where the field is left out
    Py_ssize_t size


cdef struct Found:
    uint32_t seen  # one bit a field
    bint is_ascii
    Text texts[14]  # by field, below TEXTS
    Text uplink_id
    uint32_t port
    uint32_t count
    uint32_t their_port
    uint32_t their_count
    int rssi
    int their_rssi
    bint simulated


cdef inline const char *space(const char *at, const char *end) noexcept nogil:
    """Past white space, which may be none."""
    while at < end and (at[0] == c' ' or at[0] == c'\n' or at[0] == c'\r' or at[0] == c'\t'):
        at += 1
    return at


cdef inline const char *mark(const char *at, const char *end, char wanted) noexcept nogil:
    """Past one character with white space around it, or NULL."""
    at = space(at, end)
    return space(at + 1, end) if at < end and at[0] == wanted else NULL


cdef inline const char *string(const char *at, const char *end, Found *found, Text *text) noexcept nogil:
    """Past a string; NULL where it is none, or has an escape of the kind \\u. ``text`` is what stands between the quotes.

    With ``text`` it must be plain: printable ASCII without any escape.
    """
    cdef const char *start
    cdef uint8_t one
    if at >= end or at[0] != c'"':
        return NULL
    at += 1
    start = at
    while at < end and at[0] != c'"':
        one = <uint8_t>at[0]
        if one < 0x20:
            return NULL
        if one >= 0x80:
            if text != NULL:
                return NULL
            found.is_ascii = False
        elif one == c'\\':
            at += 1
            if text != NULL or at >= end or at[0] == 0 or memchr(b'"\\/bfnrt', at[0], 8) == NULL:
                return NULL
        at += 1
    if at >= end:
        return NULL
    if text != NULL:
        text.at, text.size = start, at - start
    return at + 1


cdef inline const char *digits(const char *at, const char *end) noexcept nogil:
    """Past 1..18 digits, or NULL."""
    cdef const char *start = at
    while at < end and c'0' <= at[0] <= c'9':
        at += 1
    return at if 0 < at - start <= 18 else NULL


cdef inline const char *integer(const char *at, const char *end, int64_t *value) noexcept nogil:
    """Past a number of at most 18 digits without a fraction, or NULL."""
    cdef bint negative = at < end and at[0] == c'-'
    cdef const char *start = at + negative
    at = digits(start, end)
    if at == NULL or (start[0] == c'0' and at - start > 1) or (at < end and at[0] in b".eE"):
        return NULL
    value[0] = 0
    while start < at:
        value[0] = value[0] * 10 + (start[0] - c'0')
        start += 1
    if negative:
        value[0] = -value[0]
    return at


cdef inline const char *natural(const char *at, const char *end, int64_t most, uint32_t *value) noexcept nogil:
    """Past a number of 0..``most``, or NULL."""
    cdef int64_t read = 0
    at = integer(at, end, &read)
    if at == NULL or not 0 <= read <= most:
        return NULL
    value[0] = <uint32_t>read
    return at


cdef inline const char *number(const char *at, const char *end) noexcept nogil:
    """Past a number that any reader of JSON can hold, with a fraction or without, or NULL."""
    cdef const char *start = at
    if at < end and at[0] == c'-':
        start += 1
    at = digits(start, end)
    if at == NULL or (start[0] == c'0' and at - start > 1):
        return NULL
    if at < end and at[0] == c'.':
        at = digits(at + 1, end)
    if at == NULL or (at < end and at[0] in b"eE"):
        return NULL
    return at


cdef inline const char *word(const char *at, const char *end, const char *text, Py_ssize_t size) noexcept nogil:
    """Past ``text``, or NULL where it does not stand here."""
    return at + size if at != NULL and end - at >= size and memcmp(at, text, size) == 0 else NULL


cdef inline const char *value(const char *at, const char *end, int depth, Found *found) noexcept nogil:
    """Past any value, of which nothing is kept; NULL where it is no JSON, or none that is certainly read alike."""
    cdef bint is_object
    if at == NULL or at >= end or depth > MAX_DEPTH:
        return NULL
    if at[0] == c'"':
        return string(at, end, found, NULL)
    if at[0] == c't':
        return word(at, end, b"true", 4)
    if at[0] == c'f':
        return word(at, end, b"false", 5)
    if at[0] == c'n':
        return word(at, end, b"null", 4)
    if at[0] != c'{' and at[0] != c'[':
        return number(at, end)
    is_object = at[0] == c'{'
    at = space(at + 1, end)
    if at < end and at[0] == (c'}' if is_object else c']'):
        return at + 1
    while True:
        if is_object:
            at = string(at, end, found, NULL)
            if at == NULL:
                return NULL
            at = mark(at, end, c':')
        at = value(at, end, depth + 1, found)
        if at == NULL:
            return NULL
        at = space(at, end)
        if at >= end:
            return NULL
        if at[0] == (c'}' if is_object else c']'):
            return at + 1
        at = mark(at, end, c',')
        if at == NULL:
            return NULL
