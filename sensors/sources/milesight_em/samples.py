"""Sound frames, written by us in the sensors' shapes."""

FRAMES = (
    (85, "01755A0382CE02040000"),
    (85, "0175630367E6000482600905 0000".replace(" ", "")),
    (85, "8482BC0201"),
    (85, "FF0BFFFF0101FF166123C456789000 11FF090110FF0A0112FF0F00".replace(" ", "")),
)
"""The port, and the payload as hex: an EM310 with something at 0.7 m, an EM400 at 2.4 m, its alarm, and a start."""
