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

from libc.math cimport M_PI
from libc.stdint cimport int32_t, int64_t, uint8_t, uint16_t, uint32_t, uint64_t
from libc.stdlib cimport free as c_free
from libc.stdlib cimport malloc
from libc.string cimport memset
cimport cython

from _accel.buffers cimport Views, close_views, length_of, open_view
from _accel.searches cimport Best, count_box, count_circle, search, write_out
from _accel.sphere cimport RADIUS_M, Query, aim, to_grid
from _accel.tree cimport LEVELS, Level, Row, Tree, end_turn, is_sound, lines, map_put, order_rows, put, take_turn

cdef extern from "<sched.h>" nogil:
    int sched_yield() noexcept

cdef enum:
    MAX_K = 1000


@cython.final
@cython.auto_pickle(False)
cdef class NearestIndex:
    """See nearest.pyi."""

    cdef Tree tree
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
        return self.tree.size

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
        self.tree.size = <uint32_t>n
        self.tree.width = 3 if n < 2**24 else 4
        self.tree.rank = <uint8_t*>self.block(n * self.tree.width + 1)
        self.tree.ids = <uint8_t*>self.block(n * self.tree.width + 1)
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
        while self.tree.levels[self.tree.top].size > 16:
            self.fill_level(self.tree.top + 1)
            self.tree.top += 1
        return 0

    cdef int make_level(self, int number, uint64_t size) except -1:
        cdef Level* level = &self.tree.levels[number]
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
        self.make_level(0, self.tree.size)
        for i in range(self.tree.size):
            self.tree.levels[0].west[i] = rows[i].x
            self.tree.levels[0].south[i] = rows[i].y
            map_put(self.tree.ids, i, self.tree.width, rows[i].id)
            map_put(self.tree.rank, rows[i].id, self.tree.width, <uint32_t>i)
        return 0

    cdef int fill_level(self, int number) except -1:
        """The boxes of sixteen neighbours each of the level below."""
        cdef Level* below = &self.tree.levels[number - 1]
        cdef Level* level = &self.tree.levels[number]
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

    def set(self, int64_t index, uint16_t free, uint16_t unknown=0):
        if not 0 <= index < self.tree.size:
            raise IndexError(f"index must be 0..{<int64_t>self.tree.size - 1}, got {index}")
        while not take_turn(&self.is_written):
            with nogil:
                sched_yield()
        put(&self.tree, <uint32_t>index, free, unknown)
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
                if ids[i] >= self.tree.size:
                    raise IndexError(f"indexes[{i}] must be 0..{<int64_t>self.tree.size - 1}, got {ids[i]}")
            with nogil:
                while not take_turn(&self.is_written):
                    sched_yield()
                for i in range(n):
                    put(&self.tree, ids[i], free_words[i], unknown_words[i])
                end_turn(&self.is_written)
        finally:
            close_views(&views)

    def is_consistent(self):
        """Whether every word above is the OR of those below: what a quiet moment must show."""
        return is_sound(&self.tree)

    # -- questions --------------------------------------------------------------------------------------------------

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
            count = search(&self.tree, &query, radius_m, best)
            write_out(&self.tree, best, count, ids, metres)
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
                    counts[q] = search(&self.tree, &query, radius_m, best)
                    write_out(&self.tree, best, counts[q], ids + q * k, metres + q * k)
        finally:
            close_views(&views)

    def count_radius(self, double lon, double lat, double radius_m, int64_t need, bint include_unknown=False):
        cdef Query query
        prepare(&query, lon, lat, 1, radius_m, need, include_unknown)
        return count_circle(&self.tree, &query, radius_m)

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
        if self.tree.size == 0:
            return 0
        return count_box(&self.tree, &query, width, to_grid(north), self.tree.top, 0)


cdef inline double checked(double value, double limit, str name) except? -1e300:
    if not (-limit <= value <= limit):
        raise ValueError(f"{name} must be {-limit:g}..{limit:g}, got {value!r}")
    return value


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
