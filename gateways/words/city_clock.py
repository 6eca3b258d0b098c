"""The city's clock: one instant reads the same wherever it is shown, with the name of the city whose time it is."""

from datetime import datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from gateways.words.language import Language
from parking.catalogue.model import Tenant

UNSTATED = "UTC"


class CityClock(NamedTuple):
    """How people in a city read the time. ``zone`` is UTC where nobody has said which one applies there."""

    city: str
    zone: ZoneInfo

    @property
    def is_stated(self) -> bool:
        """Whether somebody has said which zone applies."""
        return self.zone.key != UNSTATED

    def tell(self, language: Language, instant: datetime) -> str:
        """Day and time to the second, and whose: "4 May 2026, 14:05:07 local time (Nantes)"."""
        moment = language.moment(instant, self.zone)
        if not self.is_stated:
            return f"{moment} {UNSTATED}"
        return language.say("clock.local", time=moment, city=self.city)

    def tell_hour(self, language: Language, instant: datetime) -> str:
        """The time of day to the minute, and whose."""
        hour = language.hour(instant, self.zone)
        if not self.is_stated:
            return f"{hour} {UNSTATED}"
        return language.say("clock.local", time=hour, city=self.city)


def clock_of(tenant: str, city: Tenant | None) -> CityClock:
    """The clock of a tenant, from its own entry in the catalogue where there is one."""
    if city is None:
        return CityClock(tenant, ZoneInfo(UNSTATED))
    return CityClock(city.name or tenant, ZoneInfo(city.zone))
