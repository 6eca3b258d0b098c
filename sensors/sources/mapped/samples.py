"""A small sound payload, written by us, for the example of docs/mapping/mapped.md."""

PAYLOAD = (
    b'{"data":{"parkings":[{"code":"P1","name":"Halle","state":"OUVERT","updated":"2026-05-04T13:59:00","lon":-1.55,'
    b'"lat":47.21,"free":{"all":12,"pmr":1},"spaces":{"all":90,"pmr":4}},{"code":"P2","name":"Gare","state":"COMPLET",'
    b'"updated":"04/05/2026 13:58:00","free":{"all":2,"pmr":"n/a"},"spaces":{"all":40,"pmr":2}}]}}'
)
