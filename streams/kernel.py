"""Which kernel folds: the native one where it was built, the Python reference elsewhere."""

from datetime import timedelta

from parking.fold.admission import EARLIEST
from parking.fold.kernel import PYTHON, WHY_FLAPPING, Kernel
from parking.fold.spaces import SLOT_BYTES
from parking.fold.vitals import FLAP_S, FLAPS, SETTLED_S, WORDS
from parking.instants import AHEAD_TOLERANCE, to_us

try:
    from _accel.spaces import SlotKernel
except ImportError:  # not built: slower, with the same answers
    NATIVE: Kernel | None = None
else:
    # Native code knows no policy: it is told the domain's numbers here, once.
    NATIVE = SlotKernel(
        record_bytes=SLOT_BYTES,
        words=WORDS,
        earliest_us=to_us(EARLIEST),
        ahead_us=AHEAD_TOLERANCE // timedelta(microseconds=1),
        flaps=FLAPS,
        flap_s=FLAP_S,
        settled_s=SETTLED_S,
        flapping=WHY_FLAPPING,
    )

KERNEL: Kernel = NATIVE or PYTHON
