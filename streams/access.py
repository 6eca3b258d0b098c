"""How Kafka is spoken to: in plain text, by TLS, with a user (SASL), or as whom a certificate says.

A ``KafkaAddress`` is an address as text, and goes wherever one goes; whoever connects asks ``access_options`` for the
rest. A text that is no more than that is spoken to plainly.
"""

from dataclasses import dataclass, field
from typing import Any

from parking.errors import ParkingError
from serving.tls import NO_FILES, TlsFiles, client_context

MECHANISMS = ("PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512")


class KafkaAccessError(ParkingError):
    """What is set of the way to Kafka does not fit together; the message says what."""


@dataclass(frozen=True)
class KafkaAccess:
    """TLS or not, by which files, and the user with which mechanism. KafkaAccessError where that is half a way."""

    tls: bool = False
    files: TlsFiles = NO_FILES
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    mechanism: str = MECHANISMS[0]

    def __post_init__(self) -> None:
        if (self.user is None) != (self.password is None):
            raise KafkaAccessError("PLACELIBRE_KAFKA_USER and PLACELIBRE_KAFKA_PASSWORD belong together: set both")
        if not self.tls and self.files != NO_FILES:
            raise KafkaAccessError("certificates for Kafka are set, and no TLS: set PLACELIBRE_KAFKA_TLS=1")
        if not self.tls and self.user is not None and self.mechanism == MECHANISMS[0]:
            raise KafkaAccessError(
                "Kafka's password would be on the wire as it is: set PLACELIBRE_KAFKA_TLS=1, or a SCRAM mechanism"
            )

    @property
    def protocol(self) -> str:
        """As Kafka calls it."""
        way = "SSL" if self.tls else "PLAINTEXT"
        return way if self.user is None else f"SASL_{way}"

    def __str__(self) -> str:
        by = f"as {self.user}, {self.mechanism}" if self.user else "by certificate" if self.files.certificate else ""
        return ", ".join(filter(None, ("TLS" if self.tls else "plain text", by)))


class KafkaAddress(str):
    """Bootstrap servers, and how they are spoken to."""

    __slots__ = ("access",)
    access: KafkaAccess

    def __new__(cls, servers: str, access: KafkaAccess) -> "KafkaAddress":
        """An address that is text in every other respect."""
        one = super().__new__(cls, servers)
        one.access = access
        return one


def access_of(bootstrap: str) -> KafkaAccess:
    """How this address is spoken to."""
    return bootstrap.access if isinstance(bootstrap, KafkaAddress) else KafkaAccess()


def access_options(bootstrap: str) -> dict[str, Any]:
    """What every client of aiokafka must be given. Raises TlsError where a file cannot be used."""
    access = access_of(bootstrap)
    options: dict[str, Any] = {"security_protocol": access.protocol}
    if access.tls:
        options["ssl_context"] = client_context(access.files, "TLS to Kafka")
    if access.user is not None:
        options |= {
            "sasl_mechanism": access.mechanism,
            "sasl_plain_username": access.user,
            "sasl_plain_password": access.password,
        }
    return options
