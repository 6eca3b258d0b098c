"""A small sound payload, written by us in the source's shape."""

PAYLOAD = (
    b'{"nhits":1,"records":[{"fields":{"ident":10,"nom_parking":"Gare","etat":1,"libre":5,"total":9,'
    b'"infousager":"0"},"record_timestamp":"2026-05-04T11:59:00+00:00"}]}'
)
