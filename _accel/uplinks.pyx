# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True, initializedcheck=False
"""One uplink out of a network server's message, in one pass and without objects of what nobody reads.

``read`` knows the uplinks of ChirpStack v4 and The Things Stack v3 (``sensors.networks``). It checks the whole of one as
JSON and keeps a dozen fields of it: strings of plain ASCII, small numbers, each of the type that the servers write. At
anything else (no payload on a sensor's port, an escape in such a field, a field that stands twice, null, an exponent, a value
out of its range, bytes that are no JSON) it says None, and whoever called reads that message the long way. So it decides
nothing: what is refused, and why, is said in Python alone; what is read is read the same.

The twin is ``sensors.uplink``'s long way.
"""

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize, PyBytes_GET_SIZE
from cpython.unicode cimport PyUnicode_DecodeASCII
from libc.stdint cimport int64_t, uint8_t, uint32_t
from libc.string cimport memcmp, memset

from _accel.messages cimport (
    ARRIVAL, CHIRPSTACK, COUNT, DATA, DEVICE, END_DEVICE, EUI, GATEWAY, HEARD_BY, IDS, KEY, KNOWN, KNOWN_FIELDS, LABEL,
    LABELS, MAX_DEPTH, MAX_ID, MAX_PAYLOAD, MESSAGE, NAME, NO_RSSI, NOTHING, PORT, RSSI, SIMULATED, TAGS, TEXTS,
    THEIR_COUNT, THEIR_DATA, THEIR_EUI, THEIR_PORT, THEIR_TIME, THINGS, TIME, UPLINK, UPLINK_MESSAGE, Found, integer,
    mark, natural, space, string, Text, value, word,
)

cdef enum:
    PORTS_END = 224


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
    if field == KEY:  # its payload is still encrypted
        return NULL
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
    cdef uint32_t port = found.their_port if of_things else found.port
    if dev_eui is None or size <= 0 or not 0 < port < PORTS_END:
        return None
    name = text_of(&found.uplink_id if of_things else &found.texts[NAME], MAX_ID) or ""
    rssi = found.their_rssi if of_things else found.rssi
    return (
        dev_eui,
        port,
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
