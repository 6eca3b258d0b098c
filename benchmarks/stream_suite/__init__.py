"""What `python -m benchmarks.stream` is made of: the work, the machine, the runs, latency, recovery and a table."""
