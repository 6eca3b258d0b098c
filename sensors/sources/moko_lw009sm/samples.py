"""Sound frames, written by us in the sensor's shape."""

FRAMES = (
    (1, "7E10692A10400007000C010002010C2401583201010B01097E017E"),
    (1, "7E10692A104000080009010002010B2401583201007E017E"),
    (1, "7E10692A10400009001C010002010023030064012401572506FF10002000303201000B01FE3501500000 7E".replace(" ", "")),
)
"""The port, and the payload as hex: a change to occupied, one to free, a heartbeat in the frost."""
