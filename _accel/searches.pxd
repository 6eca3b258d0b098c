# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True, initializedcheck=False
# cython: freethreading_compatible=True
"""The questions to the index: the k nearest, how many within a circle, how many within a box. No lock, no allocation."""

from libc.math cimport fmin
from libc.stdint cimport int32_t, uint16_t, uint32_t, uint64_t

from _accel.sphere cimport Query, cosines_within, gate_of, h_of, haversine, metres_of
from _accel.tree cimport (
    LEVELS, NONE, Level, Tree, box_keys, count_matching, fetch, least_key, lowest_bit, map_get, points_within,
)

cdef enum:
    FIRST_REACH_M = 20_000

cdef struct Best:
    double h
    uint32_t at  # position in tree order


cdef inline void open_boxes(Tree* tree, const Query* query, float cosines, int level, uint64_t group,
                            uint32_t* keys) noexcept nogil:
    cdef Level* at = &tree.levels[level]
    cdef uint64_t first = 16 * group
    cdef const uint16_t* unknown = at.unknown if query.also else at.free  # not touched where it does not count
    box_keys(&at.west[first], &at.south[first], &at.east[first], &at.north[first], &at.free[first],
             &unknown[first], query.need, query.also, query.x, query.y, cosines, keys)


cdef inline bint is_before(Tree* tree, double h, uint32_t at, const Best* other) noexcept nogil:
    """Nearer, or as near and of a smaller id; ids are looked up for ties only."""
    if h != other.h:
        return h < other.h
    return map_get(tree.ids, at, tree.width) < map_get(tree.ids, other.at, tree.width)


cdef inline uint32_t open_leaf(Tree* tree, const Query* query, float cosines, uint64_t leaf, uint32_t gate) noexcept nogil:
    cdef Level* at = &tree.levels[0]
    cdef uint64_t first = 16 * leaf
    cdef const uint16_t* unknown = at.unknown if query.also else at.free
    return points_within(&at.west[first], &at.south[first], &at.free[first], &unknown[first], query.need,
                         query.also, query.x, query.y, cosines, gate)


cdef inline void fetch_leaf(Tree* tree, uint64_t leaf) noexcept nogil:
    fetch(&tree.levels[0].west[16 * leaf])
    fetch(&tree.levels[0].south[16 * leaf])
    fetch(&tree.levels[0].free[16 * leaf])


cdef inline int take(Tree* tree, double h, uint32_t at, int count, int k, Best* best) noexcept nogil:
    """Put a point among the best, in order; returns how many there are now."""
    cdef int i
    if count == k:
        if not is_before(tree, h, at, &best[count - 1]):
            return count
        count -= 1
    i = count
    while i > 0 and is_before(tree, h, at, &best[i - 1]):
        best[i] = best[i - 1]
        i -= 1
    best[i].h, best[i].at = h, at
    return count + 1


cdef inline int search_within(Tree* tree, const Query* query, double reach_m, Best* best) noexcept nogil:
    """The k nearest within reach into ``best``, in order; returns how many there are."""
    cdef uint32_t keys[LEVELS][16]
    cdef uint32_t least[LEVELS]
    cdef uint64_t groups[LEVELS]
    cdef float cosines = cosines_within(query, reach_m)
    cdef double limit = h_of(reach_m), h
    cdef uint32_t gate = gate_of(limit), key, hits, at
    cdef int level = tree.top, count = 0, k = query.k
    cdef uint64_t child
    cdef const int32_t* x = tree.levels[0].west
    cdef const int32_t* y = tree.levels[0].south
    groups[level], least[level] = 0, 0
    if level:
        open_boxes(tree, query, cosines, level, 0, keys[level])
        least[level] = least_key(keys[level], 0)
    while True:
        key = least[level]
        if key > gate:  # nothing under this node can be among the k
            if level == tree.top:
                return count
            level += 1
            continue
        child = 16 * groups[level] + (key & 15)
        least[level] = least_key(keys[level], key + 1) if level else NONE  # the only leaf is its own root
        if level > 1:
            level -= 1
            groups[level] = child
            open_boxes(tree, query, cosines, level, child, keys[level])
            least[level] = least_key(keys[level], 0)
            continue
        if least[level] <= gate:
            fetch_leaf(tree, 16 * groups[level] + (least[level] & 15))
        hits = open_leaf(tree, query, cosines, child, gate)
        while hits:
            at = <uint32_t>(16 * child) + lowest_bit(hits)
            hits &= hits - 1
            h = haversine(query, x[at], y[at])
            if h <= limit:
                count = take(tree, h, at, count, k, best)
                if count == k:
                    limit = best[count - 1].h
        if count == k:
            gate = gate_of(limit)


cdef inline void write_out(Tree* tree, const Best* best, int count, uint32_t* ids, double* metres) noexcept nogil:
    cdef int i
    for i in range(count):
        ids[i] = map_get(tree.ids, best[i].at, tree.width)
        metres[i] = metres_of(best[i].h)


cdef inline int search(Tree* tree, const Query* query, double radius_m, Best* best) noexcept nogil:
    cdef double reach = fmin(radius_m, FIRST_REACH_M)
    cdef int count
    if tree.size == 0:
        return 0
    while True:
        count = search_within(tree, query, reach, best)
        if count == query.k or reach >= radius_m:
            return count
        reach = fmin(radius_m, reach * 16)


cdef inline uint64_t count_circle(Tree* tree, const Query* query, double radius_m) noexcept nogil:
    """Depth first; a leaf's points are looked at one by one only where a bound says that they may be inside."""
    cdef uint32_t keys[LEVELS][16]
    cdef uint32_t least[LEVELS]
    cdef uint64_t groups[LEVELS]
    cdef float cosines = cosines_within(query, radius_m)
    cdef double limit = h_of(radius_m)
    cdef uint32_t gate = gate_of(limit), key
    cdef int level = tree.top
    cdef uint64_t at, count = 0
    if tree.size == 0:
        return 0
    if level == 0:
        return count_leaf(tree, query, cosines, 0, gate, limit)
    groups[level], least[level] = 0, 0
    open_boxes(tree, query, cosines, level, 0, keys[level])
    while True:
        key = least_key(keys[level], least[level])
        if key > gate:
            if level == tree.top:
                return count
            level += 1
            continue
        least[level] = key + 1
        at = 16 * groups[level] + (key & 15)
        if level == 1:
            count += count_leaf(tree, query, cosines, at, gate, limit)
        else:
            level -= 1
            groups[level], least[level] = at, 0
            open_boxes(tree, query, cosines, level, at, keys[level])


cdef inline uint64_t count_leaf(Tree* tree, const Query* query, float cosines, uint64_t leaf, uint32_t gate,
                         double limit) noexcept nogil:
    cdef uint32_t hits = open_leaf(tree, query, cosines, leaf, gate)
    cdef uint64_t at, count = 0
    while hits:
        at = 16 * leaf + lowest_bit(hits)
        hits &= hits - 1
        count += haversine(query, tree.levels[0].west[at], tree.levels[0].south[at]) <= limit
    return count


cdef inline uint64_t count_box(Tree* tree, const Query* query, uint32_t width, int32_t north, int level,
                        uint64_t group) noexcept nogil:
    """Query.x and .y are the south-west corner. A node that lies inside is counted in one run over its words."""
    cdef Level* at = &tree.levels[level]
    cdef const int32_t* east = at.east if level else at.west
    cdef const int32_t* top = at.north if level else at.south
    cdef uint64_t i, first, last, count = 0
    cdef uint32_t to_west, to_east
    for i in range(16 * group, min(16 * group + 16, at.size)):
        if not (at.free[i] | (at.unknown[i] & query.also)) & query.need:
            continue
        if top[i] < query.y or at.south[i] > north:
            continue
        to_west = <uint32_t>at.west[i] - <uint32_t>query.x
        to_east = <uint32_t>east[i] - <uint32_t>query.x
        if to_west > width and to_east > width and to_west <= to_east:
            continue
        if to_west <= to_east <= width and query.y <= at.south[i] and top[i] <= north:
            first = i << (4 * level)
            last = min((i + 1) << (4 * level), <uint64_t>tree.size)
            count += count_matching(&tree.levels[0].free[first], &tree.levels[0].unknown[first], query.need,
                                    query.also, last - first)
        elif level:
            count += count_box(tree, query, width, north, level - 1, i)
    return count
