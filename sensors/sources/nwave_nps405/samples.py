"""Sound frames, written by us in the sensor's shape, and its number in the simulated city."""

FRAMES = (
    (1, "95"),
    (2, "00D3D800590B"),
    (3, "0204090200"),
    (10, "D1201F345678"),
    (10, "D11F345678"),
)
"""The port, and the payload as hex."""

MAKE = 1
