"""Software signs: real little servers that behave as signs do, well or badly, for tests, training and `make run`.

Each reads its standard for itself and shares no protocol code with the driver: what one side misreads, the other finds.
"""
