"""What a service raises instead of ending the process: whoever started it decides how to exit."""

from parking.errors import ParkingError


class BrokenServiceError(ParkingError):
    """A service stopped because going on would have been a lie; its cause is the mistake."""
