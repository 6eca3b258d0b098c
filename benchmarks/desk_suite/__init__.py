"""The parts of ``benchmarks.desk``: a city on a bad morning, a desk over it, a crowd of operators, a browser."""
