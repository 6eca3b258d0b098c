"""What `python -m benchmarks.nearest` is made of: a city, a stopwatch, goals, a table and a plot."""
