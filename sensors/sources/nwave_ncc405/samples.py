"""Sound frames, written by us in the counter's shape."""

FRAMES = (
    (1, "0A3F"),
    (2, "508A7D"),
    (3, "010D0103"),
)
"""The port, and the payload as hex."""
