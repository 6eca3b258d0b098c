"""A driver for each sign of the inventory, by its protocol."""

from collections.abc import Mapping
from typing import NamedTuple

from gateways.signs.datex.driver import DatexDriver
from gateways.signs.driver import SignDriver
from gateways.signs.ntcip.driver import NtcipDriver
from gateways.signs.ntcip.snmp import SnmpSocket
from gateways.signs.tedi.driver import TediDriver
from parking.signs.model import Sign
from parking.signs.words import SignProtocol
