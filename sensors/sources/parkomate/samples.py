"""Sound frames, written by us in the sensor's shape."""

FRAMES = (
    (2, "0701010004FFF0001200A1FF33000869F0A2C0"),
    (2, "0700000004FFF000120005FFF1001369F0B0D0"),
)
"""The port, and the payload as hex: a change to occupied, and a heartbeat of a free space."""
