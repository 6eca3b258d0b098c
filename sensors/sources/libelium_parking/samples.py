"""Sound frames, written by us in the sensor's shape, and its number in the simulated city."""

FRAMES = (
    (1, "8114000A05330000000000"),
    (1, "840106160801010100014B"),
    (1, "090A00001F00C60561ED91"),
)
"""The port, and the payload as hex."""

MAKE = 4
