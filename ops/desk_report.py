"""The month report of a city as tables: what is read from where, in which columns, and what is not kept."""

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import IO, NamedTuple
from zoneinfo import ZoneInfo

from redis.exceptions import RedisError

from gateways.desk.past import REPORT_TABLES, MonthAsked
from gateways.desk.tables import ReportTable, Value, write_form
from ops.console import live_state, run
from ops.desk_energy import measure_energy
from ops.desk_month import (
    Advance,
    LineMonth,
    find_recounts,
    list_decisions,
    sum_month,
    sum_signs,
    window_of,
)
from ops.past import Past, PastError, open_past
from ops.settings import Settings
from parking.desk.curve import UNKNOWN_CAUSES, TimeKind
from parking.desk.last_words import DeviceWord
from parking.desk.recounted import RecountFound
from parking.desk.report import PlaceMonth, ReportWindow, sum_alarms, sum_places
from parking.errors import ParkingError
from parking.health.repairs import Finding
from store.device_words import read_words
from store.repairs import read_repairs

_HOUR = timedelta(hours=1)
_KINDS = {
    TimeKind.NUMBER: ("Nombre connu (h)", "Number known (h)"),
    TimeKind.LEVEL_ONLY: ("Niveau seul (h)", "Level only (h)"),
    TimeKind.SHUT: ("Fermé (h)", "Closed (h)"),
    TimeKind.FORECAST: ("Prévision (h)", "Forecast (h)"),
    TimeKind.BY_HAND: ("Fixé à la main (h)", "Set by hand (h)"),
    TimeKind.UNKNOWN: ("Inconnu (h)", "Unknown (h)"),
}
_CAUSES = {
    "never": ("jamais entendu", "never heard"),
    "expired": ("périmé", "expired"),
    "decommissioned": ("appareil retiré", "decommissioned"),
    "unusable": ("mot inutilisable", "unusable word"),
    "calibrating": ("étalonnage", "calibrating"),
    "restarted": ("redémarrage", "restarted"),
    "counter_drift": ("dérive du compteur", "counter drift"),
    "device_fault": ("panne d’appareil", "device fault"),
    "counting_out_of_service": ("comptage hors service", "counting out of service"),
    "flapping": ("appareil instable", "flapping"),
    "communications_failure": ("transmission coupée", "communications failure"),
}
_OTHER = ("sans cause dite", "no cause said")


class MonthTables(NamedTuple):
    """The tables of a month; rows of some are made while they are written."""

    tenant: str
    month: str
    zone: ZoneInfo
    window: ReportWindow
    tables: list[ReportTable]


def make_report(settings: Settings, tenant: str | None, asked: MonthAsked, advance: Advance) -> MonthTables:
    """Raises PastError where there is no such month or table, HistoryError where no history is kept."""
    if asked.table is not None and asked.table not in REPORT_TABLES:
        raise PastError(f"no table {asked.table!r:.40}: there are {', '.join(REPORT_TABLES)}")
    past = open_past(settings, tenant)
    window = window_of(past, asked.month)
    report = _Report(settings, past, window, advance)
    makers: dict[str, Callable[[], ReportTable]] = {name: getattr(report, name) for name in REPORT_TABLES}
    names = REPORT_TABLES if asked.table is None else (asked.table,)
    tables = [makers[name]() for name in names]
    return MonthTables(past.tenant, asked.month.strip(), past.clock.zone, window, tables)


def write_month(report: MonthTables, form: str, to: IO[bytes]) -> str:
    """Write it; returns the name of the file: a workbook, a table as CSV, or several in a zip."""
    return write_form(report.tables, report.zone, form, f"{report.tenant}-{report.month}", to)


class _Report:
    """Each table once; what several need is read once."""

    def __init__(self, settings: Settings, past: Past, window: ReportWindow, advance: Advance) -> None:
        self._settings, self._past, self._window, self._advance = settings, past, window, advance
        self._months: dict[str, PlaceMonth] | None = None
        self._lines: list[LineMonth] | None = None
        self._is_signs_read = False

    def summary(self) -> ReportTable:
        """The city in a few figures."""
        months, lines = self._sums(), self._signs()
        total = sum_places(months.values())
        errors = [abs(one.error) for one in self._recounts() or () if one.error is not None]
        wrong = None if lines is None else sum((one.wrong for one in lines), timedelta(0))
        rows: list[Sequence[Value]] = [
            ("Ville", "City", self._past.tenant),
            ("Mois, de", "Month, from", self._window.start),
            ("Mois, à", "Month, to", self._window.end),
            ("Connu de l’historique, de", "Known to the history, from", self._window.known_from),
            ("Connu de l’historique, à", "Known to the history, to", self._window.known_until),
            ("Mois entier", "Whole month", self._window.is_whole),
            ("Lieux", "Places", len(months)),
            ("Part du temps connue", "Share of time known", _share(total.share_known)),
            ("Part du temps inconnue", "Share of time unknown", _share(total.share(TimeKind.UNKNOWN))),
            ("Heures réglées à la main, tout aspect", "Hours set by hand, any aspect", _hours(total.by_hand)),
            ("Changements publiés", "Changes published", total.changes),
            ("Recomptages tenus contre un nombre", "Recounts held against a number", len(errors)),
            ("Écart absolu moyen aux recomptages", "Mean absolute error at recounts", _mean(errors)),
            ("Minutes de panneaux faux", "Minutes of wrong signs", None if wrong is None else _minutes(wrong)),
        ]
        heads = [("Quoi", "Quoi"), ("What", "What"), ("Valeur", "Value")]
        return ReportTable("summary", "Résumé", "Summary", heads, rows)

    def places(self) -> ReportTable:
        """A row a place: shares, hours by kind, hours unknown by cause, changes; the last row is all of them."""
        heads = [("Lieu (id)", "Place (id)"), ("Lieu", "Place"), ("Part connue", "Share known")]
        heads += [*_KINDS.values()]
        causes = [_CAUSES.get(cause, _OTHER) for cause in UNKNOWN_CAUSES]
        heads += [(f"Inconnu : {french} (h)", f"Unknown: {english} (h)") for french, english in causes]
        heads.append(("Réglé à la main, tout aspect (h)", "Set by hand, any aspect (h)"))
        heads.append(("Changements", "Changes"))
        months = self._sums()

        def rows() -> Iterator[Sequence[Value]]:
            for place, month in months.items():
                yield _place_row(place, self._past.place(place).name, month)
            yield _place_row("*", "Tous les lieux / All places", sum_places(months.values()))

        return ReportTable("places", "Lieux", "Places", heads, rows())

    def recounts(self) -> ReportTable:
        """What people counted against what stood published just before."""
        heads = [
            ("Lieu (id)", "Place (id)"), ("Public", "Audience"), ("Compté à", "Counted at"), ("Par", "By"),
            ("Compté", "Counted"), ("Publié", "Published"), ("Publié au moins", "Published low"),
            ("Publié au plus", "Published high"), ("Écart", "Error"), ("Dans les bornes", "Within bounds"),
        ]  # fmt: skip
        rows = [
            (
                one.place_id, one.category.value, one.counted_at, one.author, one.counted, one.stood, one.low, one.high,
                one.error, one.is_within,
            )
            for one in self._recounts() or ()
        ]  # fmt: skip
        return ReportTable("recounts", "Recomptages", "Recounts", heads, rows)

    def signs(self) -> ReportTable:
        """A row a line of a sign, by what it showed and what is known today to have been so."""
        heads = [("Panneau", "Sign"), ("Ligne", "Line"), ("Légende", "Legend")]
        heads += [("Allumé (min)", "Lit (min)"), ("Éteint (min)", "Dark (min)"), ("Inconnu (min)", "Unknown (min)")]
        heads += [("Ordonné (min)", "Ordered (min)"), ("Non jugé (min)", "Not judged (min)")]
        heads += [("Faux (min)", "Wrong (min)"), ("Le pire : texte", "Worst: text"), ("Le pire à", "Worst at")]
        heads += [("Le pire : écart", "Worst: off by")]
        rows = [
            (
                one.sign, one.number, one.legend, *map(_minutes, (one.lit, one.dark, one.unknown, one.ordered)),
                _minutes(one.unjudged), _minutes(one.wrong), one.worst and one.worst.text,
                one.worst and one.worst.start, one.worst and one.worst.by,
            )
            for one in self._signs() or ()
        ]  # fmt: skip
        return ReportTable("signs", "Panneaux", "Signs", heads, rows)

    def devices(self) -> ReportTable:
        """The devices as they are today: what is the matter, when each was last heard, its battery."""
        heads = [("Lieu (id)", "Place (id)"), ("Source", "Source"), ("Appareil", "Device")]
        heads += [("Emplacement", "Slot"), ("En service", "In service"), ("Panne", "Problem")]
        heads += [("Certitude", "Certainty"), ("Depuis", "Since"), ("Entendu le", "Last heard")]
        heads += [
            ("Jours de silence", "Days of silence"),
            ("Dernier mot de", "Last word of"),
            ("Pile (V)", "Battery (V)"),
        ]
        heads += [("Ignoré à la main", "Ignored by hand")]
        return ReportTable("devices", "Appareils", "Devices", heads, self._device_rows())

    def alarms(self) -> ReportTable:
        """How many alarms, how thick, how soon somebody had seen them."""
        decisions = list_decisions(self._settings, self._past.tenant, self._window, "alarm:")
        heads = [("Quoi", "Quoi"), ("What", "What"), ("Valeur", "Value")]
        if decisions is None:
            return ReportTable("alarms", "Alarmes", "Alarms", heads, [])
        found = sum_alarms(decisions, self._window)
        rows: list[Sequence[Value]] = [
            ("Alarmes levées", "Alarms raised", found.measures.raised),
            ("Par dix minutes, en moyenne", "Per ten minutes, mean", _rounded(found.measures.per_ten_minutes, 4)),
            ("Au plus en dix minutes", "Most in ten minutes", found.measures.peak),
            ("Au plus en même temps", "Most standing at once", found.measures.most_standing),
            ("Debout un jour ou plus", "Standing for a day or more", found.measures.stale),
            ("Qui bégaient", "Chattering", found.measures.chattering),
            ("Acquittées", "Acknowledged", found.acknowledged),
            ("Acquittement : médiane (min)", "Acknowledged within: median (min)", _minutes(found.median_delay)),
            ("Acquittement : 90 % (min)", "Acknowledged within: 90% (min)", _minutes(found.slowest_tenth)),
            *((f"Levées : {kind}", f"Raised: {kind}", count) for kind, count in found.by_kind.items()),
        ]
        return ReportTable("alarms", "Alarmes", "Alarms", heads, rows)

    def energy(self) -> ReportTable:
        """What processes have used since they started; an empty cell was not measured."""
        heads = [("Travail", "Work"), ("Processus", "Process"), ("Depuis", "Since"), ("Fait", "Done"), ("Pour", "Per")]
        heads += [("CPU (s)", "CPU (s)"), ("CPU (s) pour ce travail", "CPU (s) for that work")]
        heads += [("Octets", "Bytes"), ("Octets pour ce travail", "Bytes for that work")]
        found = run(measure_energy(self._settings.desk_probes))
        rows = [
            (
                one.what, one.process, one.started_at, one.work, one.per, one.cpu_s, _rounded(one.rate(one.cpu_s), 6),
                one.bytes, _rounded(one.rate(one.bytes), 1),
            )
            for one in found
        ]  # fmt: skip
        return ReportTable("energy", "Énergie", "Energy", heads, rows)

    def notes(self) -> ReportTable:
        """What these figures are, and are not."""
        return ReportTable("notes", "Notes", "Notes", [("Note", "Note"), ("In English", "In English")], NOTES)

    def _sums(self) -> dict[str, PlaceMonth]:
        if self._months is None:
            self._months = sum_month(self._past, self._window, self._advance)
        return self._months

    def _signs(self) -> list[LineMonth] | None:
        if not self._is_signs_read:
            self._lines = sum_signs(self._settings, self._past, self._window, self._advance)
            self._is_signs_read = True
        return self._lines

    def _recounts(self) -> list[RecountFound] | None:
        decisions = list_decisions(self._settings, self._past.tenant, self._window, "place:")
        return None if decisions is None else find_recounts(self._past, decisions, self._window)

    def _device_rows(self) -> Iterator[Sequence[Value]]:
        try:
            found, words = run(self._read_devices())
        except (RedisError, ParkingError, OSError):
            found, words = {}, {}
        now = datetime.now(UTC)
        for place in self._past.places.values():
            known = {(one.source, one.device_id): one for one in found.get(place.id, ())}
            said = {(word.source, word.device_id): word for word in words.get(place.id, ())}
            for device in place.devices:
                name = (device.source, device.id)
                yield (
                    place.id, *name, device.slot, device.observes_at(now),
                    *_device_facts(known.get(name), said.get(name), now),
                )  # fmt: skip

    async def _read_devices(self) -> tuple[dict[str, list[Finding]], dict[str, tuple[DeviceWord, ...]]]:
        tenant = self._past.tenant
        async with live_state(self._settings) as client:
            words = {place: await read_words(client, tenant, place) for place in self._past.places}
            return await read_repairs(client, tenant), words


NOTES: list[Sequence[Value]] = [
    ("Les heures couvrent la part du mois que l’historique connaît (feuille Résumé) ; le reste n’est en aucune somme.",
     "Hours are of the part of the month that the history knows (sheet Summary); the rest is in no sum."),
    ("Une cellule vide est inconnue ou n’a pas été mesurée ; ce n’est jamais zéro.",
     "An empty cell is unknown or was not measured; it is never zero."),
    ("Recomptages : ceux faits au poste. Ceux que des sources ont envoyés ne sont pas gardés dans l’historique.",
     "Recounts: those made at the desk. Those that sources sent are not kept in the history."),
    ("Appareils : l’état d’aujourd’hui, non celui du mois ; ce que chacun disait alors n’est pas gardé.",
     "Devices: as they are today, not as of the month; what each said then is not kept."),
    ("Énergie : selon les compteurs des processus depuis leur démarrage, non depuis le mois ; les envois (push) et "
     "Kafka, Redis et le réseau ne sont pas mesurés.",
     "Energy: by the processes’ own meters since they started, not since the month began; pushes, Kafka, Redis and the "
     "network are not measured."),
    ("Panneaux : jugés comme `placelibre signs wrong`, à 5 places près.",
     "Signs: judged as `placelibre signs wrong` does, with a tolerance of 5 spaces."),
]  # fmt: skip


def _device_facts(found: Finding | None, word: DeviceWord | None, now: datetime) -> Sequence[Value]:
    """What is the matter, and its last word; None is not known, or nothing."""
    heard = word.heard_at if word is not None else found.heard_at if found is not None else None
    battery = word.battery_v if word is not None else found.battery_v if found is not None else None
    silent = None if heard is None else round((now - heard) / timedelta(days=1), 2)
    trouble = (None,) * 3 if found is None else (found.problem.value, found.certainty, found.since)
    said_at, is_ignored = (None, None) if word is None else (word.said_at, word.is_ignored)
    return (*trouble, heard, silent, said_at, battery, is_ignored)


def _place_row(place: str, name: str, month: PlaceMonth) -> Sequence[Value]:
    hours = [_hours(month.spent.get(kind, timedelta(0))) for kind in _KINDS]
    causes = [_hours(month.unknown.get(cause, timedelta(0))) for cause in UNKNOWN_CAUSES]
    return (place, name, _share(month.share_known), *hours, *causes, _hours(month.by_hand), month.changes)


def _hours(length: timedelta | None) -> float | None:
    return None if length is None else round(length / _HOUR, 3)


def _minutes(length: timedelta | None) -> float | None:
    return None if length is None else round(length / timedelta(minutes=1), 2)


def _share(share: float | None) -> float | None:
    return _rounded(share, 5)


def _rounded(number: float | None, digits: int) -> float | None:
    return None if number is None else round(number, digits)


def _mean(numbers: Sequence[int]) -> float | None:
    return round(sum(numbers) / len(numbers), 2) if numbers else None
