# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True, initializedcheck=False
"""One slot's record: its layout, what an observation changes in it, and until when its sensor is not believed.

The layout is that of ``parking.fold.spaces`` and ``parking.fold.vitals``; whoever makes a kernel says how long a record
is there and how many words it keeps, and is refused where that is not what stands here.
"""

from libc.stdint cimport int64_t, uint8_t, uint16_t, uint32_t, uint64_t
from libc.string cimport memcpy, memmove

from _accel.plain_observation cimport Seen

cdef extern from * nogil:
    """
    enum { RECORD = 72, MAX_SLOTS = 128, WORDS = 8 };
    enum { BATTERY_MV = 22, BATTERY_S = 24, ALIVE_S = 28, FREE_S = 32, OCCUPIED_S = 36, WORDS_AT = 40 };
    static const long long SECOND_US = 1000000LL;
    static const long long BEGAN_S = 1262304000LL, LAST_S = (1LL << 30) - 1;
    """
    enum:
        RECORD
        MAX_SLOTS
        WORDS
        BATTERY_MV
        BATTERY_S
        ALIVE_S
        FREE_S
        OCCUPIED_S
        WORDS_AT
    const int64_t SECOND_US
    const int64_t BEGAN_S
    const int64_t LAST_S


cdef struct Rules:
    int64_t earliest_us  # what was observed then, or before, is not admitted
    int64_t ahead_us  # nor what was observed so long after it arrived, or arrived so long after the log took it
    int64_t settled_s  # a flapping sensor is believed again when it has been quiet for so long
    uint32_t flap_s  # it flaps when its words change so often within so long
    int flaps
    int flapping  # which reason that is


cdef inline bint is_blank(const uint8_t *record) noexcept nogil:
    """Whether nothing was ever heard of this slot, not even that its sensor lives."""
    cdef int64_t at
    cdef uint32_t alive
    memcpy(&at, record, 8)
    memcpy(&alive, record + ALIVE_S, 4)
    return at == 0 and alive == 0


cdef inline bint raise_to(uint8_t *field, uint32_t second) noexcept nogil:
    """Keep the greater of a field and ``second``; whether that changed it."""
    cdef uint32_t held
    memcpy(&held, field, 4)
    if second <= held:
        return False
    memcpy(field, &second, 4)
    return True


cdef inline bint remember(uint8_t *field, uint32_t word) noexcept nogil:
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


cdef inline bint put_vitals(uint8_t *slot, const Seen *seen) noexcept nogil:
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


cdef inline int64_t settles(const uint8_t *slot, const Rules *rules) noexcept nogil:
    """The microsecond from which a flapping sensor is believed again; 0 where it does not flap."""
    cdef uint32_t words[8]
    cdef int place, changes = 0
    cdef uint32_t last = 0, state
    memcpy(words, slot + WORDS_AT, WORDS * 4)
    if words[WORDS - 1] == 0 or (words[0] >> 2) - (words[WORDS - 1] >> 2) > rules.flap_s:
        return 0
    for place in range(WORDS):
        state = words[place] & 3
        if state != 0:
            changes += last != 0 and state != last
            last = state
    if changes < rules.flaps:
        return 0
    return (<int64_t>(words[0] >> 2) + rules.settled_s + BEGAN_S) * SECOND_US


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
