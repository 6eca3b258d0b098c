"""A small sound payload, written by us in the source's shape."""

PAYLOAD = (
    b"fecha_lectura,nombre_parking,plazas_libres,capacidad_total,estado\n"
    b"2026-05-04 11:59:00,Antigone,5,239,Open\n2026-05-04 11:59:00,Neuf,6,60,Full\n"
)
