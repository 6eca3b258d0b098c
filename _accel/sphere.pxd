# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True, initializedcheck=False
# cython: freethreading_compatible=True
"""The globe as nearest.pyx sees it: a grid of 2^32 by 2^32, haversines, and bounds that are always a little too low."""

from libc.math cimport M_PI, asin, cos, fabs, fmin, rint, sin, sqrt
from libc.stdint cimport int32_t, int64_t, uint16_t, uint32_t
from libc.string cimport memcpy

cdef extern from * nogil:
    """
    static const double RADIUS_M = 6371008.8, PER_DEGREE = 4294967296.0 / 360.0;
    static const double NEAR = 0x1p-14;     // of half the difference in radians, squared: about 100 km
    static const float SLACK = 1.00001f;    // single precision errs by less than a tenth of this
    """
    const double RADIUS_M
    const double PER_DEGREE
    const double NEAR
    const float SLACK

cdef extern from "kernels.hpp" namespace "placelibre" nogil:
    const double UNIT

cdef struct Query:
    int32_t x
    int32_t y
    double cos_lat
    double sin_lat
    uint16_t need
    uint16_t also  # which bits of the unknown words count as well: all, or none
    int k

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


cdef inline int32_t to_grid(double degrees) noexcept nogil:
    return <int32_t><uint32_t><int64_t>rint(degrees * PER_DEGREE)


cdef inline void aim(Query* query, double lon, double lat) noexcept nogil:
    query.x, query.y = to_grid(lon), to_grid(lat)
    query.cos_lat, query.sin_lat = cos(query.y * UNIT), sin(query.y * UNIT)
