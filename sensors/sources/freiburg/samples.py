"""A small sound payload, written by us in the source's shape."""

PAYLOAD = (
    b'{"features":[{"properties":{"name":"P01 - Lange Strasse 3","status":0},"geometry":'
    b'{"coordinates":[7.8,48]}},{"properties":{"park_id":"PR1","obs_free":3,"obs_max":9,"obs_ts":"2026-05-04T13:59:00"}}]}'
)
