"""All sources, by name. A new city is one folder and one line here."""

from types import MappingProxyType

from parking.errors import ParkingError
from sensors.bordeaux import adapter as bordeaux
from sensors.bosch_tps110 import adapter as bosch_tps110
from sensors.contract import Adapter
from sensors.counter import adapter as counter
from sensors.datex2 import adapter as datex2
from sensors.dingtek_do200 import adapter as dingtek_do200
from sensors.freiburg import adapter as freiburg
from sensors.german_series import adapter as german_series
from sensors.libelium_parking import adapter as libelium_parking
from sensors.los_angeles import adapter as los_angeles
from sensors.melbourne import adapter as melbourne
from sensors.montpellier import adapter as montpellier
from sensors.nantes import adapter as nantes
from sensors.nwave_nps310sm import adapter as nwave_nps310sm
from sensors.nwave_nps405 import adapter as nwave_nps405
from sensors.placepod import adapter as placepod
from sensors.strasbourg import adapter as strasbourg
from sensors.swiss_pls import adapter as swiss_pls
from sensors.tekzipark import adapter as tekzipark
from sensors.ulm import adapter as ulm
from sensors.uplink import FrameAdapter

# After the cities' own sources: where a city is described by one, it is by the first.
_FRAMES: tuple[FrameAdapter, ...] = (
    bosch_tps110,
    dingtek_do200,
    libelium_parking,
    nwave_nps310sm,
    nwave_nps405,
    placepod,
    tekzipark,
)
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
    counter,
    *_FRAMES,
)
ADAPTERS = MappingProxyType({adapter.INFO.id: adapter for adapter in _ALL})
FRAME_ADAPTERS = MappingProxyType({adapter.INFO.id: adapter for adapter in _FRAMES})
"""Those that also read a single LoRaWAN frame; all of them are in ADAPTERS too."""


class UnknownSourceError(ParkingError):
    """No adapter of that name; the message lists those there are."""


def get_adapter(name: str) -> Adapter:
    """The adapter called ``name``; UnknownSourceError where there is none."""
    try:
        return ADAPTERS[name]
    except KeyError:
        raise UnknownSourceError(f"no source {name!r}; known are {', '.join(sorted(ADAPTERS))}") from None
