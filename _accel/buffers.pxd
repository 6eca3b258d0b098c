# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True, initializedcheck=False
"""Other people's memory, held while it is read or written: flat buffers of one type, checked when they are opened."""

from cpython.buffer cimport (
    PyBUF_FORMAT, PyBUF_ND, PyBUF_WRITABLE, PyBuffer_Release, PyObject_GetBuffer,
)


cdef struct Views:
    Py_buffer buffers[5]
    int count


cdef inline void* open_view(Views* views, object source, const char* letter, bint writable, str name) except NULL:
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
