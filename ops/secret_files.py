"""A secret in a file: PLACELIBRE_NAME_FILE names one that holds what PLACELIBRE_NAME would, as containers have it."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from parking.errors import ParkingError

SUFFIX = "_FILE"


class SecretFileError(ParkingError):
    """A file that should hold a secret cannot be used; the message names it and never what it holds."""


def read_secret_files(names: Iterable[str], environment: Mapping[str, str], prefix: str) -> dict[str, Any]:
    """The settings of these names that the environment says are in files. Raises SecretFileError."""
    found: dict[str, Any] = {}
    for name in names:
        variable = f"{prefix}{name.upper()}"
        if not (path := environment.get(variable + SUFFIX)):
            continue
        if environment.get(variable):
            raise SecretFileError(f"{variable} and {variable}{SUFFIX} are both set: leave one of them out")
        try:
            text = Path(path).read_text(encoding="utf-8").strip("\r\n")
            found[name] = json.loads(text) if text.startswith("{") else text
        except (OSError, ValueError) as error:
            why = error.strerror if isinstance(error, OSError) else "it is no JSON, or no UTF-8"
            raise SecretFileError(f"{variable}{SUFFIX} names {path}, which cannot be read: {why}") from None
    return found
