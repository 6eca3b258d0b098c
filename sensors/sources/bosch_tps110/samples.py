"""Sound frames, written by us in the sensor's shape, and its number in the simulated city."""

FRAMES = (
    (1, "01"),
    (2, "0115"),
    (3, "240300007503000000000000001D020301"),
)
"""The port, and the payload as hex."""

MAKE = 0
