"""Native code: the few loops that must be fast, each with a Python twin that answers the same.

The contract of every module in here:

- It knows numbers and buffers only: no logging, no policy, no import from the rest of the house. Numbers of policy are
  arguments; what is compiled in is a layout, which whoever asks must confirm.
- It is a pair ``name.pyx`` (code) and ``name.pyi`` (types, units, shapes). Inline functions that it is made of stand by
  theme in ``.pxd`` files beside it, and are compiled into it.
- Its Python twin lives in ``geo/``, ``parking/`` or ``sensors/`` and passes the same tests; the product runs, slower,
  where no compiler was found.
- Arguments are checked where they enter; inside the loops nothing is.
"""
