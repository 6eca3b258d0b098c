"""Native code: the few loops that must be fast, each with a Python twin that answers the same.

The contract of every module in here:

- It knows numbers and buffers only: no logging, no policy, no import from the rest of the house.
- It is a triple ``name.pyx`` (code), ``name.pyi`` (types, units, shapes) and, where another ``.pyx`` cimports it,
  ``name.pxd``.
- Its Python twin lives in ``geo/``, ``parking/`` or ``sensors/`` and passes the same tests; the product runs, slower,
  where no compiler was found.
- Arguments are checked where they enter; inside the loops nothing is.
"""
