"""A small sound payload, written by us in the source's shape."""

PAYLOAD = (
    b'{"total_count":1,"results":[{"idobj":"1","grp_statut":5,"grp_disponible":3,"grp_exploitation":9,'
    b'"grp_complet":1,"grp_horodatage":"2026-05-04T11:59:00+00:00"}]}'
)
