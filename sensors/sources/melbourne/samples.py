"""A small sound payload, written by us in the source's shape."""

PAYLOAD = (
    b"Lastupdated,Status_Timestamp,Zone_Number,Status_Description,KerbsideID,Location\n"
    b'2026-05-04T13:58:00+02:00,2026-05-04T13:40:00+02:00,7001,Present,8001,"-37.81, 144.96"\n'
)
