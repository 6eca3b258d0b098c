# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True, initializedcheck=False
# cython: freethreading_compatible=True
# distutils: language=c++
"""The nearest-free index: positions are sorted once, and only state flows through them.

**What the arrays hold.** Positions never move; what is free changes all the time. So the points are put, once, into the
order of a k-d tree with sixteen children a node, and the tree needs no pointer: points 0..15 of that order are the
first leaf, points 16..31 the second, leaves 0..15 the first node above them, and so on. Level 0 is the points
themselves (``x``, ``y``); each level above holds the bounding boxes of sixteen neighbours of the level below. Beside
the geometry stands the state: each point has a word of eligibility bits while it has something free and 0 while it has
not, and a second word in the same bits for what is unknown. ``free[level][i]`` is a point's word at level 0, and above
it the OR of sixteen words below.

**The invariant.** ``free[level + 1][i]`` contains every bit of ``free[level][16 i .. 16 i + 15]``, always: a setter
first stores the point's word, then recomputes the OR above it and stops as soon as nothing changes. A reader in another
thread, who holds no lock, may so meet a bit too many above (and finds nothing under it), and never one too few for a
point that was free before the search began. There is one writer at a time; a flag between writers sees to that.

**Why the answer is right.** Coordinates are integers, 2^32 of them around the globe in both axes (9.3 mm), and the
differences wrap, so that the 180th meridian is nowhere special. With ``h = sin²(Δφ/2) + cos φq · cos φp · sin²(Δλ/2)``
(the haversine: it grows with the distance), no point of a box is nearer than
``sin²(dy/2) + c · sin²(dx/2)``, where dx and dy lead to the nearest side of the box, and c, the product of the cosine at
the query and the smallest cosine anywhere within reach, is 0 where the reach contains a pole. That bound is computed in
single precision, always a little too low. A search opens the child with the lowest bound first and compares the bound
with the worst of the k best so far, allowed a little more than single precision can err. So whatever is skipped is
farther than those k, and a point that was opened is final: its order is then decided in double precision, by the same
operations in the same sequence as ``geo/reference.py`` (within 100 km by a few terms of the series, which no two
libraries can round differently), and by id where two are equally far.

**Reach.** A wide reach makes c small and the bound weak. Searches therefore begin with a reach of at most 20 km, and
grow it sixteenfold until k are found or the radius is met.
"""

from cpython.buffer cimport (
    PyBUF_FORMAT, PyBUF_ND, PyBUF_WRITABLE, PyBuffer_Release, PyObject_GetBuffer,
)
from libc.math cimport M_PI, asin, cos, fabs, fmin, rint, sin, sqrt
from libc.stdint cimport int32_t, int64_t, uint8_t, uint16_t, uint32_t, uint64_t
from libc.stdlib cimport free as c_free
from libc.stdlib cimport malloc
from libc.string cimport memcpy, memset
cimport cython

cdef extern from "<sched.h>" nogil:
    int sched_yield() noexcept

cdef extern from "kernels.hpp" namespace "placelibre" nogil:
    const uint32_t NONE
    const double UNIT
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

DEF LEVELS = 9  # 16^8 points and their root
DEF MAX_K = 1000

cdef double RADIUS_M = 6371008.8
cdef double PER_DEGREE = 4294967296.0 / 360.0
cdef double FIRST_REACH_M = 20_000.0
cdef double NEAR = 2.0**-14  # of half the difference in radians, squared: about 100 km
cdef float SLACK = 1.00001  # single precision errs by less than a tenth of this

cdef struct Level:
    uint64_t size
    int32_t* west  # at level 0 the points' x, and `south` their y; `east` and `north` are then not there
    int32_t* south
    int32_t* east
    int32_t* north
    uint16_t* free
    uint16_t* unknown

cdef struct Query:
    int32_t x
    int32_t y
    double cos_lat
    double sin_lat
    uint16_t need
    uint16_t also  # which bits of the unknown words count as well: all, or none
    int k

cdef struct Best:
    double h
    uint32_t at  # position in tree order


cdef inline double haversine(const Query* query, int32_t x, int32_t y) noexcept nogil:
    """Sin² of half the angle between query and point; the twin does the same operations in the same order."""
    cdef double dy = (<double>y - <double>query.y) * (UNIT / 2)
    cdef double dx = <double><int32_t>(<uint32_t>x - <uint32_t>query.x) * (UNIT / 2)
    cdef double yy = dy * dy, xx = dx * dx, cos_lat, h
    if yy < NEAR and xx < NEAR:  # a few terms of the series are exact to the last bit or two, and need no library
        dy *= 1 - yy * (1.0 / 6 - yy * (1.0 / 120))
        dx *= 1 - xx * (1.0 / 6 - xx * (1.0 / 120))
        cos_lat = query.cos_lat * (1 - 2 * dy * dy) - query.sin_lat * (2 * dy * (1 - yy * (0.5 - yy * (1.0 / 24))))
        return dy * dy + query.cos_lat * cos_lat * dx * dx
    dy, dx = sin(dy), sin(dx)
    h = dy * dy + query.cos_lat * cos(y * UNIT) * dx * dx
    return h if h < 1 else 1


cdef inline double h_of(double metres) noexcept nogil:
    cdef double s = sin(fmin(metres / RADIUS_M, M_PI) / 2)
    return s * s


cdef inline double metres_of(double h) noexcept nogil:
    if h < NEAR:
        return 2 * RADIUS_M * sqrt(h) * (1 + h * (1.0 / 6 + h * (3.0 / 40 + h * (15.0 / 336))))
    return 2 * RADIUS_M * asin(sqrt(h))


cdef inline float cosines_within(const Query* query, double metres) noexcept nogil:
    """Cosine at the query times the smallest within reach, a little too low; 0 where a pole is within reach."""
    cdef double farthest = fabs(query.y * UNIT) + metres / RADIUS_M
    if farthest >= M_PI / 2:
        return 0.0
    return <float>(query.cos_lat * cos(farthest) * (1 - 1e-6))


cdef inline uint32_t gate_of(double h) noexcept nogil:
    """The greatest key that may still belong to something as near as h."""
    cdef float bound = <float>h * SLACK
    cdef uint32_t bits
    memcpy(&bits, &bound, sizeof(bits))
    return bits | 15


cdef inline double checked(double value, double limit, str name) except? -1e300:
    if not (-limit <= value <= limit):
        raise ValueError(f"{name} must be {-limit:g}..{limit:g}, got {value!r}")
    return value


cdef inline int32_t to_grid(double degrees) noexcept nogil:
    return <int32_t><uint32_t><int64_t>rint(degrees * PER_DEGREE)


cdef struct Views:
    Py_buffer buffers[5]
    int count


cdef void* open_view(Views* views, object source, const char* letter, bint writable, str name) except NULL:
    """The memory of a contiguous one-dimensional buffer of the right type; ``close_views`` gives it back."""
    cdef Py_buffer* view = &views.buffers[views.count]
    PyObject_GetBuffer(source, view, PyBUF_FORMAT | PyBUF_ND | (PyBUF_WRITABLE if writable else 0))
    views.count += 1
    if view.ndim != 1 or view.format[0] != letter[0] or view.format[1] != 0:
        raise TypeError(
            f"{name} must be a flat buffer of {letter.decode()!r} items, got {view.format.decode()!r} in {view.ndim} "
            f"dimensions"
        )
    return view.buf if view.len else views  # an empty buffer may have no memory at all; it is never read


cdef inline Py_ssize_t length_of(const Views* views, int number) noexcept nogil:
    return views.buffers[number].shape[0]


cdef inline void close_views(Views* views) noexcept:
    for number in range(views.count):
        PyBuffer_Release(&views.buffers[number])


@cython.final
@cython.auto_pickle(False)
cdef class NearestIndex:
    """See nearest.pyi."""

    cdef Level levels[LEVELS]
    cdef int top
    cdef uint32_t size
    cdef int width
    cdef uint8_t* rank  # id -> position in tree order
    cdef uint8_t* ids  # and back
    cdef void* blocks[LEVELS * 6 + 2]
    cdef int block_count
    cdef size_t bytes
    cdef int is_written  # 1 while somebody writes

    def __init__(self, lons, lats):
        cdef Views views
        cdef const double* x
        cdef const double* y
        if self.block_count:
            raise RuntimeError("an index is built once; make a new one")
        views.count = 0
        try:
            x = <const double*>open_view(&views, lons, b"d", False, "lons")
            y = <const double*>open_view(&views, lats, b"d", False, "lats")
            if length_of(&views, 0) != length_of(&views, 1):
                raise ValueError(
                    f"lons and lats must be equally long, got {length_of(&views, 0)} and {length_of(&views, 1)}"
                )
            self.build(x, y, length_of(&views, 0))
        finally:
            close_views(&views)

    def __dealloc__(self):
        for i in range(self.block_count):
            c_free(self.blocks[i])

    def __len__(self):
        return self.size

    @property
    def nbytes(self):
        return self.bytes

    cdef void* block(self, size_t size) except NULL:
        """Zeroed memory that lives as long as the index."""
        cdef void* memory = lines(size)
        if memory == NULL:
            raise MemoryError(f"no {size} bytes for the index")
        memset(memory, 0, size)
        self.blocks[self.block_count] = memory
        self.block_count += 1
        self.bytes += size
        return memory

    cdef int build(self, const double* lons, const double* lats, Py_ssize_t n) except -1:
        cdef Py_ssize_t i
        cdef Row* rows
        if n >= 2**32 - 16:
            raise ValueError(f"at most 2^32 - 17 points, got {n}")
        for i in range(n):
            if not (-180.0 <= lons[i] <= 180.0 and -90.0 <= lats[i] <= 90.0):
                raise ValueError(
                    f"point {i}: lon must be -180..180 and lat -90..90, got lon={lons[i]!r} lat={lats[i]!r}"
                )
        self.size = <uint32_t>n
        self.width = 3 if n < 2**24 else 4
        self.rank = <uint8_t*>self.block(n * self.width + 1)
        self.ids = <uint8_t*>self.block(n * self.width + 1)
        rows = <Row*>malloc(max(1, n) * sizeof(Row))
        if rows == NULL:
            raise MemoryError(f"no memory to sort {n} points")
        try:
            with nogil:
                for i in range(n):
                    rows[i].x = to_grid(lons[i])
                    rows[i].y = to_grid(lats[i])
                    rows[i].id = <uint32_t>i
                order_rows(rows, n)
            self.fill_points(rows)
        finally:
            c_free(rows)
        while self.levels[self.top].size > 16:
            self.fill_level(self.top + 1)
            self.top += 1
        return 0

    cdef int make_level(self, int number, uint64_t size) except -1:
        cdef Level* level = &self.levels[number]
        cdef uint64_t padded = (size + 15) // 16 * 16
        level.size = size
        level.west = <int32_t*>self.block(padded * 4)
        level.south = <int32_t*>self.block(padded * 4)
        level.free = <uint16_t*>self.block(padded * 2)
        level.unknown = <uint16_t*>self.block(padded * 2)
        if number:
            level.east = <int32_t*>self.block(padded * 4)
            level.north = <int32_t*>self.block(padded * 4)
        return 0

    cdef int fill_points(self, const Row* rows) except -1:
        cdef uint64_t i
        self.make_level(0, self.size)
        for i in range(self.size):
            self.levels[0].west[i] = rows[i].x
            self.levels[0].south[i] = rows[i].y
            map_put(self.ids, i, self.width, rows[i].id)
            map_put(self.rank, rows[i].id, self.width, <uint32_t>i)
        return 0

    cdef int fill_level(self, int number) except -1:
        """The boxes of sixteen neighbours each of the level below."""
        cdef Level* below = &self.levels[number - 1]
        cdef Level* level = &self.levels[number]
        cdef const int32_t* east = below.east if number > 1 else below.west
        cdef const int32_t* north = below.north if number > 1 else below.south
        cdef uint64_t i, child
        self.make_level(number, (below.size + 15) // 16)
        for i in range(level.size):
            child = 16 * i
            level.west[i], level.south[i] = below.west[child], below.south[child]
            level.east[i], level.north[i] = east[child], north[child]
            for child in range(16 * i, min(16 * i + 16, below.size)):
                level.west[i] = min(level.west[i], below.west[child])
                level.south[i] = min(level.south[i], below.south[child])
                level.east[i] = max(level.east[i], east[child])
                level.north[i] = max(level.north[i], north[child])
        return 0

    # -- state ------------------------------------------------------------------------------------------------------

    cdef void put(self, uint32_t id, uint16_t free, uint16_t unknown) noexcept nogil:
        """Store a point's words and mend the ORs above them, as far up as anything changes.

        The word that gains comes first: a reader who counts both never meets a point that is in neither.
        """
        cdef uint64_t at = map_get(self.rank, id, self.width)
        if unknown & ~self.levels[0].unknown[at]:
            self.put_unknown(at, unknown)
            self.put_free(at, free)
        else:
            self.put_free(at, free)
            self.put_unknown(at, unknown)

    cdef inline void put_free(self, uint64_t at, uint16_t free) noexcept nogil:
        cdef uint16_t word
        cdef int level
        if self.levels[0].free[at] == free:
            return
        put_word(&self.levels[0].free[at], free)
        for level in range(self.top):
            word = union_of(&self.levels[level].free[at & ~<uint64_t>15])
            at >>= 4
            if self.levels[level + 1].free[at] == word:
                return
            put_word(&self.levels[level + 1].free[at], word)

    cdef inline void put_unknown(self, uint64_t at, uint16_t unknown) noexcept nogil:
        cdef uint16_t word
        cdef int level
        if self.levels[0].unknown[at] == unknown:
            return
        put_word(&self.levels[0].unknown[at], unknown)
        for level in range(self.top):
            word = union_of(&self.levels[level].unknown[at & ~<uint64_t>15])
            at >>= 4
            if self.levels[level + 1].unknown[at] == word:
                return
            put_word(&self.levels[level + 1].unknown[at], word)

    def set(self, int64_t index, uint16_t free, uint16_t unknown=0):
        if not 0 <= index < self.size:
            raise IndexError(f"index must be 0..{<int64_t>self.size - 1}, got {index}")
        while not take_turn(&self.is_written):
            with nogil:
                sched_yield()
        self.put(<uint32_t>index, free, unknown)
        end_turn(&self.is_written)

    def set_batch(self, indexes, free, unknown):
        cdef Views views
        cdef const uint32_t* ids
        cdef const uint16_t* free_words
        cdef const uint16_t* unknown_words
        cdef Py_ssize_t i, n
        views.count = 0
        try:
            ids = <const uint32_t*>open_view(&views, indexes, b"I", False, "indexes")
            free_words = <const uint16_t*>open_view(&views, free, b"H", False, "free")
            unknown_words = <const uint16_t*>open_view(&views, unknown, b"H", False, "unknown")
            n = length_of(&views, 0)
            if length_of(&views, 1) != n or length_of(&views, 2) != n:
                raise ValueError(
                    f"indexes, free and unknown must be equally long, got {n}, {length_of(&views, 1)}, "
                    f"{length_of(&views, 2)}"
                )
            for i in range(n):
                if ids[i] >= self.size:
                    raise IndexError(f"indexes[{i}] must be 0..{<int64_t>self.size - 1}, got {ids[i]}")
            with nogil:
                while not take_turn(&self.is_written):
                    sched_yield()
                for i in range(n):
                    self.put(ids[i], free_words[i], unknown_words[i])
                end_turn(&self.is_written)
        finally:
            close_views(&views)

    def is_consistent(self):
        """Whether every word above is the OR of those below: what a quiet moment must show."""
        cdef uint64_t i
        cdef int level
        for level in range(self.top):
            for i in range(self.levels[level + 1].size):
                if (self.levels[level + 1].free[i] != union_of(&self.levels[level].free[16 * i])
                        or self.levels[level + 1].unknown[i] != union_of(&self.levels[level].unknown[16 * i])):
                    return False
        return True

    # -- questions --------------------------------------------------------------------------------------------------

    cdef inline void open_boxes(self, const Query* query, float cosines, int level, uint64_t group,
                                uint32_t* keys) noexcept nogil:
        cdef Level* at = &self.levels[level]
        cdef uint64_t first = 16 * group
        cdef const uint16_t* unknown = at.unknown if query.also else at.free  # not touched where it does not count
        box_keys(&at.west[first], &at.south[first], &at.east[first], &at.north[first], &at.free[first],
                 &unknown[first], query.need, query.also, query.x, query.y, cosines, keys)

    cdef inline bint is_before(self, double h, uint32_t at, const Best* other) noexcept nogil:
        """Nearer, or as near and of a smaller id; ids are looked up for ties only."""
        if h != other.h:
            return h < other.h
        return map_get(self.ids, at, self.width) < map_get(self.ids, other.at, self.width)

    cdef inline uint32_t open_leaf(self, const Query* query, float cosines, uint64_t leaf, uint32_t gate) noexcept nogil:
        cdef Level* at = &self.levels[0]
        cdef uint64_t first = 16 * leaf
        cdef const uint16_t* unknown = at.unknown if query.also else at.free
        return points_within(&at.west[first], &at.south[first], &at.free[first], &unknown[first], query.need,
                             query.also, query.x, query.y, cosines, gate)

    cdef inline void fetch_leaf(self, uint64_t leaf) noexcept nogil:
        fetch(&self.levels[0].west[16 * leaf])
        fetch(&self.levels[0].south[16 * leaf])
        fetch(&self.levels[0].free[16 * leaf])

    cdef inline int take(self, double h, uint32_t at, int count, int k, Best* best) noexcept nogil:
        """Put a point among the best, in order; returns how many there are now."""
        cdef int i
        if count == k:
            if not self.is_before(h, at, &best[count - 1]):
                return count
            count -= 1
        i = count
        while i > 0 and self.is_before(h, at, &best[i - 1]):
            best[i] = best[i - 1]
            i -= 1
        best[i].h, best[i].at = h, at
        return count + 1

    cdef int search_within(self, const Query* query, double reach_m, Best* best) noexcept nogil:
        """The k nearest within reach into ``best``, in order; returns how many there are."""
        cdef uint32_t keys[LEVELS][16]
        cdef uint32_t least[LEVELS]
        cdef uint64_t groups[LEVELS]
        cdef float cosines = cosines_within(query, reach_m)
        cdef double limit = h_of(reach_m), h
        cdef uint32_t gate = gate_of(limit), key, hits, at
        cdef int level = self.top, count = 0, k = query.k
        cdef uint64_t child
        cdef const int32_t* x = self.levels[0].west
        cdef const int32_t* y = self.levels[0].south
        groups[level], least[level] = 0, 0
        if level:
            self.open_boxes(query, cosines, level, 0, keys[level])
            least[level] = least_key(keys[level], 0)
        while True:
            key = least[level]
            if key > gate:  # nothing under this node can be among the k
                if level == self.top:
                    return count
                level += 1
                continue
            child = 16 * groups[level] + (key & 15)
            least[level] = least_key(keys[level], key + 1) if level else NONE  # the only leaf is its own root
            if level > 1:
                level -= 1
                groups[level] = child
                self.open_boxes(query, cosines, level, child, keys[level])
                least[level] = least_key(keys[level], 0)
                continue
            if least[level] <= gate:
                self.fetch_leaf(16 * groups[level] + (least[level] & 15))
            hits = self.open_leaf(query, cosines, child, gate)
            while hits:
                at = <uint32_t>(16 * child) + lowest_bit(hits)
                hits &= hits - 1
                h = haversine(query, x[at], y[at])
                if h <= limit:
                    count = self.take(h, at, count, k, best)
                    if count == k:
                        limit = best[count - 1].h
            if count == k:
                gate = gate_of(limit)

    cdef inline void write_out(self, const Best* best, int count, uint32_t* ids, double* metres) noexcept nogil:
        cdef int i
        for i in range(count):
            ids[i] = map_get(self.ids, best[i].at, self.width)
            metres[i] = metres_of(best[i].h)

    cdef int search(self, const Query* query, double radius_m, Best* best) noexcept nogil:
        cdef double reach = fmin(radius_m, FIRST_REACH_M)
        cdef int count
        if self.size == 0:
            return 0
        while True:
            count = self.search_within(query, reach, best)
            if count == query.k or reach >= radius_m:
                return count
            reach = fmin(radius_m, reach * 16)

    def nearest(self, double lon, double lat, int64_t k, double radius_m, int64_t need, out_indexes, out_distances,
                bint include_unknown=False):
        cdef Best best[MAX_K]
        cdef Query query
        cdef Views views
        cdef uint32_t* ids
        cdef double* metres
        cdef int count
        prepare(&query, lon, lat, k, radius_m, need, include_unknown)
        views.count = 0
        try:
            ids = <uint32_t*>open_view(&views, out_indexes, b"I", True, "out_indexes")
            metres = <double*>open_view(&views, out_distances, b"d", True, "out_distances")
            if length_of(&views, 0) < k or length_of(&views, 1) < k:
                raise ValueError(
                    f"out_indexes and out_distances must hold k = {k}, got {length_of(&views, 0)} and "
                    f"{length_of(&views, 1)}"
                )
            count = self.search(&query, radius_m, best)
            self.write_out(best, count, ids, metres)
        finally:
            close_views(&views)
        return count

    def nearest_many(self, lons, lats, int64_t k, double radius_m, int64_t need, out_indexes, out_distances, out_counts,
                     bint include_unknown=False):
        cdef Best best[MAX_K]
        cdef Query query
        cdef Views views
        cdef const double* x
        cdef const double* y
        cdef uint32_t* ids
        cdef double* metres
        cdef uint32_t* counts
        cdef Py_ssize_t q, n
        prepare(&query, 0, 0, k, radius_m, need, include_unknown)
        views.count = 0
        try:
            x = <const double*>open_view(&views, lons, b"d", False, "lons")
            y = <const double*>open_view(&views, lats, b"d", False, "lats")
            ids = <uint32_t*>open_view(&views, out_indexes, b"I", True, "out_indexes")
            metres = <double*>open_view(&views, out_distances, b"d", True, "out_distances")
            counts = <uint32_t*>open_view(&views, out_counts, b"I", True, "out_counts")
            n = length_of(&views, 0)
            if (length_of(&views, 1) != n or length_of(&views, 2) < n * k or length_of(&views, 3) < n * k
                    or length_of(&views, 4) < n):
                raise ValueError(
                    f"for {n} lons and k = {k}, lats must be {n} long, out_indexes and out_distances {n * k}, out_counts "
                    f"{n}; got {', '.join([str(length_of(&views, i)) for i in range(1, 5)])}"
                )
            for q in range(n):
                if not (-180.0 <= x[q] <= 180.0 and -90.0 <= y[q] <= 90.0):
                    raise ValueError(f"query {q}: lon must be -180..180 and lat -90..90, got lon={x[q]!r} lat={y[q]!r}")
            with nogil:
                for q in range(n):
                    aim(&query, x[q], y[q])
                    counts[q] = self.search(&query, radius_m, best)
                    self.write_out(best, counts[q], ids + q * k, metres + q * k)
        finally:
            close_views(&views)

    def count_radius(self, double lon, double lat, double radius_m, int64_t need, bint include_unknown=False):
        cdef Query query
        prepare(&query, lon, lat, 1, radius_m, need, include_unknown)
        return self.count_circle(&query, radius_m)

    cdef uint64_t count_circle(self, const Query* query, double radius_m) noexcept nogil:
        """Depth first; a leaf's points are looked at one by one only where a bound says that they may be inside."""
        cdef uint32_t keys[LEVELS][16]
        cdef uint32_t least[LEVELS]
        cdef uint64_t groups[LEVELS]
        cdef float cosines = cosines_within(query, radius_m)
        cdef double limit = h_of(radius_m)
        cdef uint32_t gate = gate_of(limit), key
        cdef int level = self.top
        cdef uint64_t at, count = 0
        if self.size == 0:
            return 0
        if level == 0:
            return self.count_leaf(query, cosines, 0, gate, limit)
        groups[level], least[level] = 0, 0
        self.open_boxes(query, cosines, level, 0, keys[level])
        while True:
            key = least_key(keys[level], least[level])
            if key > gate:
                if level == self.top:
                    return count
                level += 1
                continue
            least[level] = key + 1
            at = 16 * groups[level] + (key & 15)
            if level == 1:
                count += self.count_leaf(query, cosines, at, gate, limit)
            else:
                level -= 1
                groups[level], least[level] = at, 0
                self.open_boxes(query, cosines, level, at, keys[level])

    cdef uint64_t count_leaf(self, const Query* query, float cosines, uint64_t leaf, uint32_t gate,
                             double limit) noexcept nogil:
        cdef uint32_t hits = self.open_leaf(query, cosines, leaf, gate)
        cdef uint64_t at, count = 0
        while hits:
            at = 16 * leaf + lowest_bit(hits)
            hits &= hits - 1
            count += haversine(query, self.levels[0].west[at], self.levels[0].south[at]) <= limit
        return count

    def count_bbox(self, double west, double south, double east, double north, int64_t need, bint include_unknown=False):
        cdef Query query
        cdef uint32_t width
        checked(west, 180, "west")
        checked(east, 180, "east")
        checked(south, 90, "south")
        checked(north, 90, "north")
        if south > north:
            raise ValueError(f"south must not be above north, got south={south!r} north={north!r}")
        prepare(&query, west, south, 1, 0, need, include_unknown)
        width = <uint32_t>to_grid(east) - <uint32_t>query.x
        if east - west >= 360:
            width = 0xFFFFFFFF
        if self.size == 0:
            return 0
        return self.count_box(&query, width, to_grid(north), self.top, 0)

    cdef uint64_t count_box(self, const Query* query, uint32_t width, int32_t north, int level,
                            uint64_t group) noexcept nogil:
        """Query.x and .y are the south-west corner. A node that lies inside is counted in one run over its words."""
        cdef Level* at = &self.levels[level]
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
                last = min((i + 1) << (4 * level), <uint64_t>self.size)
                count += count_matching(&self.levels[0].free[first], &self.levels[0].unknown[first], query.need,
                                        query.also, last - first)
            elif level:
                count += self.count_box(query, width, north, level - 1, i)
        return count


cdef int prepare(Query* query, double lon, double lat, int64_t k, double radius_m, int64_t need,
                 bint include_unknown) except -1:
    checked(lon, 180, "lon")
    checked(lat, 90, "lat")
    if not 1 <= k <= MAX_K:
        raise ValueError(f"k must be 1..{MAX_K}, got {k}")
    if not 0 <= radius_m <= M_PI * RADIUS_M:
        raise ValueError(f"radius_m must be 0..{M_PI * RADIUS_M:.0f}, got {radius_m!r}")
    if not 1 <= need <= 0xFFFF:
        raise ValueError(f"need must be a mask of 1..65535, got {need}")
    query.k, query.need, query.also = <int>k, <uint16_t>need, 0xFFFF if include_unknown else 0
    aim(query, lon, lat)
    return 0


cdef inline void aim(Query* query, double lon, double lat) noexcept nogil:
    query.x, query.y = to_grid(lon), to_grid(lat)
    query.cos_lat, query.sin_lat = cos(query.y * UNIT), sin(query.y * UNIT)
