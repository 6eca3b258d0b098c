"""Sound frames, written by us in the sensor's shape, and its number in the simulated city."""

FRAMES = (
    (1, "026700C3376601"),
    (1, "0302015E156600"),
    (1, "3F0101210081"),
    (1, "AABBCC376600"),
)
"""The port, and the payload as hex."""

MAKE = 3
