"""Sound frames, written by us in the sensor's shape, and its number in the simulated city."""

FRAMES = (
    (1, "A11502B01234"),
    (1, "201502"),
    (2, "A0150201FF0300FE02000708"),
)
"""The port, and the payload as hex."""

MAKE = 6
