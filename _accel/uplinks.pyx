# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True, initializedcheck=False
"""One uplink out of a network server's message, in one pass and without objects of what nobody reads.

``read`` knows the messages of ChirpStack v4 and The Things Stack v3 (``sensors.uplink``). It checks the whole of one as
JSON and keeps a dozen fields of it: strings of plain ASCII, small numbers, each of the type that the servers write. At
anything else (an escape in such a field, a field that stands twice, null, an exponent, a value out of its range, bytes
that are no JSON) it says None, and whoever called reads that message the long way. So it decides nothing: what is refused,
and why, is said in Python alone; what is read is read the same.

The twin is ``sensors.uplink``'s long way.
"""

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize, PyBytes_GET_SIZE
from cpython.unicode cimport PyUnicode_DecodeASCII
from libc.stdint cimport int64_t, uint8_t, uint32_t
from libc.string cimport memchr, memcmp, memset

cdef extern from *:
    """
    enum { MAX_DEPTH = 32, MAX_PAYLOAD = 242, MAX_ID = 64, NO_RSSI = 1000 };
    enum { MESSAGE, DEVICE, END_DEVICE, UPLINK, GATEWAY, LABELS };
    enum { NOTHING, EUI, PORT, COUNT, DATA, TIME, NAME, THEIR_EUI, THEIR_PORT, THEIR_COUNT, THEIR_DATA, THEIR_TIME,
           ARRIVAL, SESSION, LABEL, TEXTS, CHIRPSTACK, THINGS, UPLINK_MESSAGE, HEARD_BY, THEIR_HEARD_BY, IDS, SIMULATED, TAGS, RSSI };
    typedef struct { int room; int field; int size; const char *name; } Known;
    static const Known KNOWN[] = {
        {MESSAGE, CHIRPSTACK, 10, "deviceInfo"}, {DEVICE, EUI, 6, "devEui"}, {MESSAGE, PORT, 5, "fPort"},
        {MESSAGE, COUNT, 4, "fCnt"}, {MESSAGE, DATA, 4, "data"}, {MESSAGE, TIME, 4, "time"},
        {MESSAGE, NAME, 15, "deduplicationId"}, {MESSAGE, HEARD_BY, 6, "rxInfo"}, {GATEWAY, RSSI, 4, "rssi"},
        {MESSAGE, THINGS, 14, "end_device_ids"}, {END_DEVICE, THEIR_EUI, 7, "dev_eui"},
        {MESSAGE, UPLINK_MESSAGE, 14, "uplink_message"}, {UPLINK, THEIR_PORT, 6, "f_port"},
        {UPLINK, THEIR_COUNT, 5, "f_cnt"}, {UPLINK, THEIR_DATA, 11, "frm_payload"},
        {UPLINK, THEIR_TIME, 11, "received_at"}, {MESSAGE, ARRIVAL, 11, "received_at"},
        {UPLINK, SESSION, 14, "session_key_id"}, {UPLINK, THEIR_HEARD_BY, 11, "rx_metadata"},
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
        SESSION
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
    Text texts[15]  # by field, below TEXTS
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


cdef const char *string(const char *at, const char *end, Found *found, Text *text) noexcept nogil:
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


cdef const char *digits(const char *at, const char *end) noexcept nogil:
    """Past 1..18 digits, or NULL."""
    cdef const char *start = at
    while at < end and c'0' <= at[0] <= c'9':
        at += 1
    return at if 0 < at - start <= 18 else NULL


cdef const char *integer(const char *at, const char *end, int64_t *value) noexcept nogil:
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


cdef const char *natural(const char *at, const char *end, int64_t most, uint32_t *value) noexcept nogil:
    """Past a number of 0..``most``, or NULL."""
    cdef int64_t read = 0
    at = integer(at, end, &read)
    if at == NULL or not 0 <= read <= most:
        return NULL
    value[0] = <uint32_t>read
    return at


cdef const char *number(const char *at, const char *end) noexcept nogil:
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


cdef const char *value(const char *at, const char *end, int depth, Found *found) noexcept nogil:
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


cdef int field_of(int room, const Text *key) noexcept nogil:
    """Which field of ours a key is, in the object that is ``room``; NOTHING where none."""
    cdef int i
    for i in range(KNOWN_FIELDS):
        if KNOWN[i].room == room and KNOWN[i].size == key.size and memcmp(KNOWN[i].name, key.at, key.size) == 0:
            return KNOWN[i].field
    return NOTHING


cdef const char *members(const char *at, const char *end, int room, int *rssi, int depth, Found *found) noexcept nogil:
    """Past an object, its fields kept in ``found``, a gateway's level in ``rssi`` if it is the best; or NULL."""
    cdef Text key
    cdef int field
    cdef bint heard = False
    at = mark(at, end, c'{')
    if at == NULL or depth > MAX_DEPTH:
        return NULL
    if at < end and at[0] == c'}':
        return at + 1
    while at != NULL:
        at = string(at, end, found, &key)
        if at == NULL:
            return NULL
        at = mark(at, end, c':')
        if at == NULL:
            return NULL
        field = field_of(room, &key)
        if field == NOTHING:
            at = value(at, end, depth + 1, found)
        elif field == RSSI:
            if heard:
                return NULL
            heard = True
            at = level(at, end, rssi)
        else:
            if found.seen >> field & 1:
                return NULL
            found.seen |= <uint32_t>1 << field
            at = kept(at, end, field, depth + 1, found)
        if at == NULL:
            return NULL
        at = space(at, end)
        if at < end and at[0] == c'}':
            return at + 1
        at = mark(at, end, c',')
    return NULL


cdef const char *level(const char *at, const char *end, int *best) noexcept nogil:
    """Past a gateway's level in dBm, which is kept if it is sound and the best; or NULL."""
    cdef int64_t read = 0
    at = integer(at, end, &read)
    if at != NULL and -300 < read < 100 and (best[0] == NO_RSSI or read > best[0]):
        best[0] = <int>read
    return at


cdef const char *kept(const char *at, const char *end, int field, int depth, Found *found) noexcept nogil:
    """Past the value of one field of ours, kept in ``found``, or NULL where it is not plain."""
    if field < TEXTS:
        if field == PORT:
            return natural(at, end, 255, &found.port)
        if field == COUNT:
            return natural(at, end, 0xFFFFFFFF, &found.count)
        if field == THEIR_PORT:
            return natural(at, end, 255, &found.their_port)
        if field == THEIR_COUNT:
            return natural(at, end, 0xFFFFFFFF, &found.their_count)
        return string(at, end, found, &found.texts[field])
    if field == CHIRPSTACK:
        return members(at, end, DEVICE, NULL, depth, found)
    if field == THINGS:
        return members(at, end, END_DEVICE, NULL, depth, found)
    if field == UPLINK_MESSAGE:
        return members(at, end, UPLINK, NULL, depth, found)
    if field == TAGS:
        return members(at, end, LABELS, NULL, depth, found)
    if field == SIMULATED:
        found.simulated = at < end and at[0] == c't'
        return word(at, end, b"true", 4) if found.simulated else word(at, end, b"false", 5)
    return listed(at, end, field, depth, found)


cdef const char *listed(const char *at, const char *end, int field, int depth, Found *found) noexcept nogil:
    """Past a list of gateways or of correlation ids, or NULL."""
    cdef Text one
    at = mark(at, end, c'[')
    if at == NULL:
        return NULL
    if at < end and at[0] == c']':
        return at + 1
    while at != NULL:
        if field == IDS:
            at = string(at, end, found, &one)
            if at != NULL and found.uplink_id.at == NULL and one.size >= 10 and memcmp(one.at, b"gs:uplink:", 10) == 0:
                found.uplink_id = one
        else:
            at = members(at, end, GATEWAY, &found.rssi if field == HEARD_BY else &found.their_rssi, depth + 1, found)
        if at == NULL:
            return NULL
        at = space(at, end)
        if at < end and at[0] == c']':
            return at + 1
        at = mark(at, end, c',')
    return NULL


cdef inline int sextet(char one) noexcept nogil:
    """What a letter of base64 stands for, or -1."""
    if c'A' <= one <= c'Z':
        return one - c'A'
    if c'a' <= one <= c'z':
        return one - c'a' + 26
    if c'0' <= one <= c'9':
        return one - c'0' + 52
    return 62 if one == c'+' else 63 if one == c'/' else -1


cdef int decoded(const Text *text, uint8_t *payload) noexcept nogil:
    """How many bytes the base64 stands for, which are put into ``payload``; -1 where it is anything else."""
    cdef Py_ssize_t letters = text.size, i
    cdef uint32_t bits = 0
    cdef int size = 0, one
    if text.size % 4 != 0 or text.size > (MAX_PAYLOAD + 2) // 3 * 4:
        return -1
    while letters > text.size - 2 and letters > 0 and text.at[letters - 1] == c'=':
        letters -= 1
    for i in range(letters):
        one = sextet(text.at[i])
        if one < 0:
            return -1
        bits = bits << 6 | <uint32_t>one
        if i % 4 > 0:
            payload[size] = <uint8_t>(bits >> (6 - 2 * (i % 4)))
            size += 1
    return size if size <= MAX_PAYLOAD else -1


cdef str eui_of(const Text *text):
    """The device's id in lower case, or None where it is not 16 hex digits."""
    cdef char lower[16]
    cdef int i
    if text.at == NULL or text.size != 16:
        return None
    for i in range(16):
        lower[i] = text.at[i] | 0x20 if c'A' <= text.at[i] <= c'F' else text.at[i]
        if not (c'0' <= lower[i] <= c'9' or c'a' <= lower[i] <= c'f'):
            return None
    return PyUnicode_DecodeASCII(lower, 16, NULL)


cdef str text_of(const Text *text, Py_ssize_t most):
    """Its text, cut; None where it is left out."""
    return PyUnicode_DecodeASCII(text.at, min(text.size, most), NULL) if text.at != NULL else None


cdef inline bint is_true(const Text *text) noexcept nogil:
    return text.at != NULL and text.size == 4 and memcmp(text.at, b"true", 4) == 0


cdef tuple made_of(const Found *found, bint of_things, const Text *eui, const Text *data, const Text *time):
    """The fields of one server as an uplink, or None."""
    cdef uint8_t payload[256]
    cdef str dev_eui = eui_of(eui)
    cdef int size = decoded(data, payload) if data.at != NULL else 0
    if dev_eui is None or size < 0:
        return None
    if not of_things:
        name = text_of(&found.texts[NAME], MAX_ID) or ""
    elif found.uplink_id.at != NULL:
        name = text_of(&found.uplink_id, MAX_ID)
    else:
        name = f"{text_of(&found.texts[SESSION], MAX_ID) or ''}:{found.their_count}"[:MAX_ID]
    rssi = found.their_rssi if of_things else found.rssi
    return (
        dev_eui,
        found.their_port if of_things else found.port,
        found.their_count if of_things else found.count,
        PyBytes_FromStringAndSize(<const char*>payload, size),
        text_of(time, time.size),
        name,
        None if rssi == NO_RSSI else rssi,
        found.simulated if of_things else is_true(&found.texts[LABEL]),
        not (of_things and found.simulated),
    )


def read(bytes body not None):
    """The uplink in a plain message of either server.

    (dev_eui, f_port, f_cnt, payload, time, id, rssi_dbm, is_simulated, has_counter), as in ``sensors.uplink.Uplink``,
    but that ``time`` is the network's text, unread, or None where it says none. None as a whole where the message is to
    be read the long way.
    """
    cdef Found found
    cdef const char *end = PyBytes_AS_STRING(body) + PyBytes_GET_SIZE(body)
    cdef const char *at
    cdef const Text *time
    memset(&found, 0, sizeof(found))
    found.rssi = found.their_rssi = NO_RSSI
    found.is_ascii = True
    at = members(PyBytes_AS_STRING(body), end, MESSAGE, NULL, 0, &found)
    if at == NULL or space(at, end) != end:
        return None
    if not found.is_ascii:  # UTF-8 as a whole is UTF-8 in each string, for all that delimits them is ASCII
        try:
            body.decode()
        except UnicodeDecodeError:
            return None
    if found.seen >> CHIRPSTACK & 1:
        return None if found.seen >> THINGS & 1 else made_of(
            &found, False, &found.texts[EUI], &found.texts[DATA], &found.texts[TIME]
        )
    if not found.seen >> THINGS & 1 or not found.seen >> UPLINK_MESSAGE & 1:
        return None
    time = &found.texts[THEIR_TIME]
    if time.size == 0:
        time = &found.texts[ARRIVAL]
    return made_of(&found, True, &found.texts[THEIR_EUI], &found.texts[THEIR_DATA], time)
