"""Small payloads, written by us in the source's shape."""

PAYLOAD = (
    b'{"device":"lane-1","at":"2026-05-04T13:59:00+02:00","type":"lane","entries":2,"exits":0,"seq":7}\n'
    b'{"device":"desk","at":"2026-05-04T11:58:00Z","type":"count","vacant":40,"capacity":90,"full_at":2}\n'
)

MORE = (
    b'{"device":"a","at":"2026-05-04T11:59:00Z","type":"lane","entries":3,"exits":1,"category":"ev"}\n'
    b'{"device":"b","at":"2026-05-04T13:59:30+02:00","type":"barrier","barrier":"broken","battery_v":3.1,"x":[1]}',
)
"""For the fuzzer alone: not all of it can be read."""
