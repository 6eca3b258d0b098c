"""How far it is between two points, as the nearest index measures it."""

from geo.reference import haversine, metres_of, to_grid
from parking.catalogue.model import Point


def distance_m(one: Point, other: Point) -> float:
    """Metres of the great circle, in a straight line."""
    return metres_of(haversine(to_grid(one.lon), to_grid(one.lat), to_grid(other.lon), to_grid(other.lat)))
