"""A small sound payload, written by us in the source's shape."""

PAYLOAD = b"SpaceID,EventTime_UTC,OccupancyState\nCB1,05/04/2026 11:59:00 AM,VACANT\n"
