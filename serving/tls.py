"""The other side proves who it is by TLS, and we where it asks: what files a connection outwards goes by."""

import ssl
from pathlib import Path
from typing import NamedTuple

from parking.errors import ParkingError


class TlsError(ParkingError):
    """A file that TLS needs cannot be used; the message names it."""


class TlsFiles(NamedTuple):
    """PEM files: whom to believe besides those the system believes in nothing (``None``: those), and who we are."""

    ca: Path | None = None
    certificate: Path | None = None
    key: Path | None = None


NO_FILES = TlsFiles()


def client_context(files: TlsFiles, what: str) -> ssl.SSLContext:
    """Certificates and names are checked, always. Raises TlsError with ``what`` the connection is to."""
    if files.key is not None and files.certificate is None:
        raise TlsError(f"{what}: there is a key and no certificate that it belongs to")
    for path in files:
        if path is not None and not path.is_file():
            raise TlsError(f"{what}: {path} is no file")
    try:
        context = ssl.create_default_context(cafile=files.ca)
        if files.certificate is not None:
            context.load_cert_chain(files.certificate, files.key, password=_none)
    except (OSError, ssl.SSLError) as error:
        named = ", ".join(str(path) for path in files if path is not None)
        raise TlsError(
            f"{what}: one of {named} cannot be used ({error}): each is PEM, the key without a password, and belongs to "
            f"the certificate"
        ) from error
    return context


def _none() -> str:
    """A key with a password is refused; OpenSSL would ask at the terminal."""
    return ""
