"""All sources, by name. A new city is one folder and one line here."""

from types import MappingProxyType

from parking.errors import ParkingError
from sensors.bordeaux import adapter as bordeaux
from sensors.contract import Adapter
from sensors.datex2 import adapter as datex2
from sensors.freiburg import adapter as freiburg
from sensors.german_series import adapter as german_series
from sensors.los_angeles import adapter as los_angeles
from sensors.melbourne import adapter as melbourne
from sensors.montpellier import adapter as montpellier
from sensors.nantes import adapter as nantes
from sensors.strasbourg import adapter as strasbourg
from sensors.swiss_pls import adapter as swiss_pls
from sensors.ulm import adapter as ulm

_ALL: tuple[Adapter, ...] = (
    bordeaux,
    datex2,
    freiburg,
    german_series,
    los_angeles,
    melbourne,
    montpellier,
    nantes,
    strasbourg,
    swiss_pls,
    ulm,
)
ADAPTERS = MappingProxyType({adapter.INFO.id: adapter for adapter in _ALL})


class UnknownSourceError(ParkingError):
    """No adapter of that name; the message lists those there are."""


def get_adapter(name: str) -> Adapter:
    """The adapter called ``name``; UnknownSourceError where there is none."""
    try:
        return ADAPTERS[name]
    except KeyError:
        raise UnknownSourceError(f"no source {name!r}; known are {', '.join(sorted(ADAPTERS))}") from None
