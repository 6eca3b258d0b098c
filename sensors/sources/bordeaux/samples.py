"""A small sound payload, written by us in the source's shape."""

PAYLOAD = (
    b'[{"ident":"P1","nom":"Place","libre":"5","total":"9","etat":"LIBRE","connecte":"1","infor":"NaN",'
    b'"gabari_max":"1,9","geometry":{"pos":"44.83 -0.56"},"mdate":"2026-05-04 13:59:00"}]'
)
