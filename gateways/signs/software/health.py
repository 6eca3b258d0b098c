"""A sign's cabinet: faults, failed pixels, test of the pixels, temperature, door, light, power."""

from collections.abc import Iterator
from typing import Any

from gateways.signs.software.clock import SignClock
from gateways.signs.software.switches import Switches

PIXEL, CRITICAL, DOOR = 5, 11, 13
STUCK_ON, STUCK_OFF = 1, 16
TEST_IDLE, TEST_GOING = 2, 3
TEST_TAKES_S = 5.0
PIXELS_SHOWN = 64


class SignCabinet:
    """What statError and its neighbours answer."""

    def __init__(self, clock: SignClock, switches: Switches) -> None:
        self._clock, self._switches = clock, switches
        self.temperature_c, self.door_open, self.photocell, self.light = 31, False, 400, 60
        self._test_ends: float | None = None
        self._found: list[tuple[int, int, bool]] = []

    @property
    def short_error(self) -> int:
        """Its bits."""
        found = 0
        if self._switches.stuck:
            found |= 1 << PIXEL
        if self._switches.critical_temperature:
            found |= 1 << CRITICAL
        if self.door_open:
            found |= 1 << DOOR
        return found

    def objects(self) -> Iterator[tuple[tuple[int, ...], Any, Any]]:
        """Suffix, getter and setter of each."""
        yield (7, 1, 0), lambda: 2, None
        yield (7, 3, 0), lambda: self.photocell, None
        yield (7, 9, 0), lambda: self.light, None
        yield (9, 6, 0), lambda: int(self.door_open), None
        yield (9, 7, 1, 0), lambda: self.short_error, None
        yield (9, 7, 2, 0), lambda: min(PIXELS_SHOWN, len(self._pixels())), None
        yield (9, 7, 4, 0), self._test_state, self._start_test
        yield (9, 7, 12, 0), lambda: 0, None
        for number in (2, 4, 6):
            yield (9, 9, number, 0), lambda: 75 if self._switches.critical_temperature else self.temperature_c, None
        for index in range(1, PIXELS_SHOWN + 1):
            for column in (3, 4, 5):
                yield (9, 7, 3, 1, column, 2, index), self._pixel(index, column), None

    def _pixels(self) -> list[tuple[int, int, bool]]:
        return sorted(self._switches.stuck)

    def _pixel(self, index: int, column: int) -> Any:
        def get() -> int:
            pixels = self._pixels()
            if index > len(pixels):
                return 0
            x, y, is_on = pixels[index - 1]
            return {3: x, 4: y, 5: STUCK_ON if is_on else STUCK_OFF}[column]

        return get

    def _test_state(self) -> int:
        if self._test_ends is not None and self._clock() >= self._test_ends:
            self._test_ends = None
        return TEST_IDLE if self._test_ends is None else TEST_GOING

    def _start_test(self, value: int) -> None:
        if value == TEST_GOING:
            self._test_ends = self._clock() + TEST_TAKES_S
