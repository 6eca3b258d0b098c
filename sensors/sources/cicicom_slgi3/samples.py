"""Sound frames, written by us in the sensor's shape."""

FRAMES = (
    (1, b"C1".hex()),
    (1, b"C0A1B2C3".hex()),
    (1, b"K03.61-04.5".hex()),
    (1, b"Q13.60+12.0V1.4.1".hex()),
    (1, b"E3.41\x02\x00".hex()),
)
"""The port, and the payload as hex."""
