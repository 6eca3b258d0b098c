"""Chance without memory: a draw is a function of the seed, its purpose, who draws and for the how-manieth time.

No generator is carried along, so the same device draws the same numbers whatever the other devices do and however time
is cut into windows. The function is SplitMix64's finaliser, applied twice; arrays in, arrays out.
"""

import hashlib
from collections.abc import Callable
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Words: TypeAlias = NDArray[np.uint64]
Integers: TypeAlias = NDArray[np.int64]
Floats: TypeAlias = NDArray[np.float64]
Bits: TypeAlias = NDArray[np.bool_]
Bytes: TypeAlias = NDArray[np.uint8]

_SHIFTS = tuple(np.uint64(by) for by in (30, 27, 31, 11, 32))
_FACTORS = (np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB))
_LOW = np.uint64(0xFFFFFFFF)
_MOST = 200


class Chance:
    """The draws for one purpose. ``who`` and ``turn`` are arrays of whole numbers; a single ``turn`` serves all."""

    def __init__(self, seed: int, purpose: str) -> None:
        digest = hashlib.blake2b(f"{seed}/{purpose}".encode(), digest_size=8).digest()
        self._key = np.uint64(int.from_bytes(digest, "big"))

    def words(self, who: NDArray[np.integer], turn: NDArray[np.integer] | int = 0) -> Words:
        """64 random bits each."""
        mixed = _mix(np.asarray(who).astype(np.uint64) + self._key)
        mixed += np.asarray(turn).astype(np.uint64) if isinstance(turn, np.ndarray) else np.uint64(turn)
        return _mix(mixed)

    def uniform(
        self, who: NDArray[np.integer], turn: NDArray[np.integer] | int = 0, low: float = 0.0, high: float = 1.0
    ) -> Floats:
        """Between ``low`` and ``high``, neither of them."""
        bits = (self.words(who, turn) >> _SHIFTS[3]).astype(np.float64)
        share: Floats = (bits + 0.5) * 2.0**-53
        return low + (high - low) * share

    def between(self, who: NDArray[np.integer], low: int, high: int, turn: NDArray[np.integer] | int = 0) -> Integers:
        """Whole numbers from ``low`` up to, not including, ``high``."""
        return low + (self.words(who, turn) % np.uint64(high - low)).astype(np.int64)

    def exponential(self, who: NDArray[np.integer], turn: NDArray[np.integer] | int = 0) -> Floats:
        """With mean 1."""
        return -np.log(self.uniform(who, turn))

    def normal(self, who: NDArray[np.integer], turn: NDArray[np.integer] | int = 0) -> Floats:
        """With mean 0 and deviation 1, by Box and Muller out of the two halves of a word."""
        words = self.words(who, turn)
        first = ((words >> _SHIFTS[4]) + 0.5) * 2.0**-32
        second = ((words & _LOW) + 0.5) * 2.0**-32
        normal: Floats = np.sqrt(-2 * np.log(first)) * np.cos(2 * np.pi * second)
        return normal


def _mix(words: Words) -> Words:
    """SplitMix64's finaliser, in place."""
    words ^= words >> _SHIFTS[0]
    words *= _FACTORS[0]
    words ^= words >> _SHIFTS[1]
    words *= _FACTORS[1]
    words ^= words >> _SHIFTS[2]
    return words


def poisson(mean: Floats, draw: Floats) -> Integers:
    """Counts with these means, each from one draw."""
    return _invert(np.exp(-mean), lambda n, chance: chance * mean / n, draw)


def binomial(trials: Integers, share: Floats, draw: Floats) -> Integers:
    """How many of the trials succeed, each from one draw."""
    odds = share / np.maximum(1 - share, 1e-12)
    return np.minimum(
        _invert((1 - share) ** trials, lambda n, chance: chance * odds * (trials - n + 1) / n, draw), trials
    )


def _invert(none: Floats, grow: Callable[[int, Floats], Floats], draw: Floats) -> Integers:
    """How many of the chances of 0, 1, 2…, summed up, a draw exceeds; ``grow`` makes a chance from the one before."""
    chance, below, count, n = none, none.copy(), np.zeros(len(draw), np.int64), 0
    while n < _MOST and (more := draw > below).any():
        n += 1
        count += more
        chance = grow(n, chance)
        below += chance
    return count
