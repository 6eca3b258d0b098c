"""Software signs: real little servers that behave as signs do, well or badly, for tests, training and `make run`.

The NTCIP sign reads its standard for itself and shares no code with the driver: what one side misreads, the other
finds. The TEDI sign shares the driver's frames alone.
"""
