"""Errors of the domain: one root, and fields that a program can read."""


class ParkingError(Exception):
    """Something about parking data that the caller must hear about; the message says what to do."""


class NaiveTimeError(ParkingError, ValueError):
    """A time without a zone, or not in UTC, was given where only aware UTC times are allowed."""


class InvalidObservationError(ParkingError, ValueError):
    """An observation that cannot be true was constructed; check it first and reject the record."""


class InvalidPlaceError(ParkingError, ValueError):
    """A place that cannot exist was described; correct the catalogue row."""


class MalformedEventError(ParkingError, ValueError):
    """These bytes are not an event of ours; keep them as a reject."""


class UnknownSchemaVersionError(ParkingError):
    """This value was written by another version of placelibre; it is refused rather than misread."""

    def __init__(self, what: str, found: int, known: int) -> None:
        self.what, self.found, self.known = what, found, known
        super().__init__(
            f"{what} has schema version {found}, this placelibre reads {known}: "
            f"run the version that wrote it, or raise stream_epoch and replay"
        )
