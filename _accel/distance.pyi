from typing_extensions import Buffer

__test__: dict[str, str]

def distances_m(lon: float, lat: float, lons: Buffer, lats: Buffer, out: Buffer) -> None:
    """Write the great-circle distance in metres from (lon, lat) to each (lons[i], lats[i]) into ``out``.

    Degrees, WGS 84, lon before lat; ``lons``, ``lats``, ``out`` are equally long contiguous buffers of float64
    (array.array("d"), NumPy). Source: haversine on a sphere of R1 = 6371008.8 m. Raises ValueError where lengths
    differ, and whatever the buffer protocol raises for other types. Not promised: distances along streets, or on the
    ellipsoid (up to 0.56 % off). NaN in gives NaN out. Releases the GIL.
    """
