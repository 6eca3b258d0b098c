"""The parts of ``benchmarks.shift``."""
