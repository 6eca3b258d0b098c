"""A small sound payload, written by us in the source's shape."""

PAYLOAD = (
    b'{"status":"success","city":"luzern","data":{"parkings":{"SP01":{"id":"SP01","name":"am See",'
    b'"free":5,"total":9,"status":"open","timestamp":"2026-05-04T13:58:00+02:00"}}},"timestamp":"2026-05-04T11:59:00"}'
)
