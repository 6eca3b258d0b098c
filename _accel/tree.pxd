# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True, initializedcheck=False
# cython: freethreading_compatible=True
"""The arrays of the nearest-free index and their invariant: what they hold is told at the head of nearest.pyx.

Functions of a tree rather than methods, so that they are inlined into the one module that uses them.
"""

from libc.stdint cimport int32_t, uint8_t, uint16_t, uint32_t, uint64_t

cdef extern from "kernels.hpp" namespace "placelibre" nogil:
    const uint32_t NONE
    cdef struct Row:
        int32_t x
        int32_t y
        uint32_t id
    uint32_t points_within(const int32_t*, const int32_t*, const uint16_t*, const uint16_t*, uint16_t, uint16_t, int32_t,
                           int32_t, float, uint32_t) noexcept
    void box_keys(const int32_t*, const int32_t*, const int32_t*, const int32_t*, const uint16_t*, const uint16_t*,
                  uint16_t, uint16_t, int32_t, int32_t, float, uint32_t*) noexcept
    uint32_t least_key(const uint32_t*, uint32_t) noexcept
    int lowest_bit(uint32_t) noexcept
    void fetch(const void*) noexcept
    void* lines(size_t) noexcept
    uint16_t union_of(const uint16_t*) noexcept
    uint64_t count_matching(const uint16_t*, const uint16_t*, uint16_t, uint16_t, uint64_t) noexcept
    void put_word(uint16_t*, uint16_t) noexcept
    bint take_turn(int*) noexcept
    void end_turn(int*) noexcept
    uint32_t map_get(const uint8_t*, uint64_t, int) noexcept
    void map_put(uint8_t*, uint64_t, int, uint32_t) noexcept
    void order_rows(Row*, uint64_t) noexcept

cdef enum:
    LEVELS = 9  # 16^8 points and their root

cdef struct Level:
    uint64_t size
    int32_t* west  # at level 0 the points' x, and `south` their y; `east` and `north` are then not there
    int32_t* south
    int32_t* east
    int32_t* north
    uint16_t* free
    uint16_t* unknown

cdef struct Tree:
    Level levels[LEVELS]
    int top
    uint32_t size
    int width
    uint8_t* rank  # id -> position in tree order
    uint8_t* ids  # and back


cdef inline void put(Tree* tree, uint32_t id, uint16_t free, uint16_t unknown) noexcept nogil:
    """Store a point's words and mend the ORs above them, as far up as anything changes.

    The word that gains comes first: a reader who counts both never meets a point that is in neither.
    """
    cdef uint64_t at = map_get(tree.rank, id, tree.width)
    if unknown & ~tree.levels[0].unknown[at]:
        put_unknown(tree, at, unknown)
        put_free(tree, at, free)
    else:
        put_free(tree, at, free)
        put_unknown(tree, at, unknown)


cdef inline void put_free(Tree* tree, uint64_t at, uint16_t free) noexcept nogil:
    cdef uint16_t word
    cdef int level
    if tree.levels[0].free[at] == free:
        return
    put_word(&tree.levels[0].free[at], free)
    for level in range(tree.top):
        word = union_of(&tree.levels[level].free[at & ~<uint64_t>15])
        at >>= 4
        if tree.levels[level + 1].free[at] == word:
            return
        put_word(&tree.levels[level + 1].free[at], word)


cdef inline void put_unknown(Tree* tree, uint64_t at, uint16_t unknown) noexcept nogil:
    cdef uint16_t word
    cdef int level
    if tree.levels[0].unknown[at] == unknown:
        return
    put_word(&tree.levels[0].unknown[at], unknown)
    for level in range(tree.top):
        word = union_of(&tree.levels[level].unknown[at & ~<uint64_t>15])
        at >>= 4
        if tree.levels[level + 1].unknown[at] == word:
            return
        put_word(&tree.levels[level + 1].unknown[at], word)


cdef inline bint is_sound(Tree* tree) noexcept nogil:
    """Whether every word above is the OR of those below: what a quiet moment must show."""
    cdef uint64_t i
    cdef int level
    for level in range(tree.top):
        for i in range(tree.levels[level + 1].size):
            if (tree.levels[level + 1].free[i] != union_of(&tree.levels[level].free[16 * i])
                    or tree.levels[level + 1].unknown[i] != union_of(&tree.levels[level].unknown[16 * i])):
                return False
    return True
