"""Which kernel folds: the native one where it was built, the Python reference elsewhere."""

from parking.fold.kernel import PYTHON, HeldZone, Kernel

try:
    from _accel import spaces as _native
except ImportError:  # not built: slower, with the same answers
    NATIVE: Kernel | None = None
else:

    class _NativeKernel:
        observe = staticmethod(_native.observe)
        look = staticmethod(_native.look)

        def hold(self, key: bytes, tenant: bytes, devices: dict[bytes, int], count: int, slots: bytes) -> HeldZone:
            return _native.Zone(key, tenant, devices, count, slots)

    NATIVE = _NativeKernel()

KERNEL: Kernel = NATIVE or PYTHON
