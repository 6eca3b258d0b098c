"""Small payloads, written by us in the source's shape."""

PAYLOAD = (
    b'{"device":"lane-1","at":"2026-05-04T13:59:00+02:00","type":"lane","entries":2,"exits":0,"seq":7}\n'
    b'{"device":"desk","at":"2026-05-04T11:58:00Z","type":"count","vacant":40,"capacity":90,"full_at":2}\n'
)

MORE = (
    b'{"device":"a","at":"2026-05-04T11:59:00Z","type":"lane","entries":3,"exits":1,"category":"ev"}\n'
    b'{"device":"b","at":"2026-05-04T13:59:30+02:00","type":"barrier","barrier":"broken","battery_v":3.1,"x":[1]}',
    b'[{"device":"c","at":1777895940000,"type":"lane","entries_total":184223,"exits_total":184001},'
    b'{"device":"d","at":1777895940,"type":"count","by_category":{"public":{"vacant":3},"ev":{"occupied":1,"capacity":4}}}]',
    b"device,at,type,entries,vacant,category\ne,2026-05-04T11:59:00Z,lane,2,,\nf,1777895940,count,,7,ev\n",
)
"""For the fuzzer alone: not all of it can be read."""
