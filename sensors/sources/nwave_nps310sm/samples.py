"""Sound frames, written by us in the sensor's shape, and its number in the simulated city."""

FRAMES = (
    (1, "01"),
    (2, "00"),
    (3, "010D000201"),
)
"""The port, and the payload as hex."""

MAKE = 2
