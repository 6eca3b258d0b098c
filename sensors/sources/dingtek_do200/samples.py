"""Sound frames, written by us in the sensor's shape, and its number in the simulated city."""

FRAMES = (
    (3, "800002011500201000016F0079FFB0FFF500030081"),
    (3, "800032021706B4100001610010FFF6FFF0152D00010081"),
    (3, "8000020311000B18020A05A0003C000081"),
    (3, "80003203100101181E3C003C14000081"),
)
"""The port, and the payload as hex."""

MAKE = 5
