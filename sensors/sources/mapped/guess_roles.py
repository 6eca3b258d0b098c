"""Which field of an unknown record is what, by its name and by its values. A guess says how sure it is."""

import re
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from parking.words import Audience
from sensors.sources.mapped.fields import word_of
from sensors.sources.mapped.guess_shape import Columns, RecordShape
from sensors.sources.mapped.guess_values import degrees_in, is_number, numbers_in, position_in, time_format, words_in
from sensors.sources.mapped.usual import USUAL

_SPLIT = re.compile(r"[^a-z0-9]+")
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_PLAIN = str.maketrans("àâäçéèêëîïôöùûüñ", "aaaceeeeiioouuun")
MAX_STATES = 12


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


VACANT = _words(
    "free vacant available availability libre libres frei freie disponible disponibles disponibilite dispo vrij liberi "
    "vacancies restantes freespaces availablespaces emptyspaces freeplaces libredisponible cell"
)
OCCUPIED = _words("occupied occupes occupees belegt besetzt ocupadas ocupados taken occupati bezet occupe")
CAPACITY = _words(
    "capacity capacite total totale max kapazitaet kapazitat capacidad gesamt exploitation spaces places stellplaetze "
    "plaetze plazas posti size totalspaces nbplaces maxspaces"
)
NOT_A_COUNT = _words(
    "percent percentage pct prozent prozentual pourcentage taux porcentaje percentuale rate quote ratio share is has "
    "prognose prognosis forecast predicted prediction prevision previsions pronostico expected trend tendance "
    "average avg mean moyenne durchschnitt "
    "women woman frauen femmes femme mujeres donne family families familien famille familles "
    "hgv lkw truck trucks lorry lorries camion camions bus buses coach coaches autocar autocars taxi taxis caravan "
    "wohnmobil resident residents residentes residenti riverain riverains anwohner bewohner"
)
"""A share, a forecast, yes or no, or spaces of a group for which the house has no word: never the public's number."""
OF_ALL = _words("gesamt insgesamt summe total totale totales totali all global rotation rotatif car cars pkw voitures")
ID = dict.fromkeys(_words("id ident idobj code uid identifier identifiant kennung"), 4)
ID |= {"recordid": 1, "datasetid": 1, "gid": 1, "objectid": 1, "fid": 1, "key": 2, "uuid": 2}
NAME = _words("name nom libelle title bezeichnung nombre nome naam label description")
STATUS = _words("status statut etat state zustand estado stato ouvert open opening offen ouverture occupancy")
TIME = _words(
    "time timestamp date datetime updated update maj horodatage zeit stand hora fecha ts last modified mdate "
    "lastupdate lastupdated observed lectura zeitstempel aktualisiert"
)
LATER_TIME = _words("created cdate publication published record processed lastupdated downloaded")
LON, LAT = _words("lon lng longitude xlong x"), _words("lat latitude ylat y")
ADDRESS = _words("address adresse anschrift direccion indirizzo adres")
HEIGHT = _words("height hauteur hoehe altura gabarit maxheight")
AUDIENCE = {
    **dict.fromkeys(_words("pmr disabled handicap handicape behindert behinderte gic accessible"), Audience.DISABLED),
    **dict.fromkeys(_words("ev electric electrique elektro ve irve charging lade"), Audience.EV),
    **dict.fromkeys(_words("bike velo velos bicycle fahrrad bici"), Audience.BIKE),
    **dict.fromkeys(_words("moto motos motorcycle motorrad"), Audience.MOTORCYCLE),
    **dict.fromkeys(_words("abonne abonnes subscriber subscribers season dauerparker"), Audience.SUBSCRIBER),
    **dict.fromkeys(_words("carpool covoiturage covoit"), Audience.CARPOOL),
    **dict.fromkeys(_words("autopartage carshare carsharing"), Audience.CAR_SHARE),
}
STATES = {
    "free": _words("free vacant unoccupied available libre frei empty vrij leer"),
    "occupied": _words("occupied present taken belegt besetzt occupe occupied. ocupado bezet"),
    "unknown": _words("unknown unbekannt inconnu"),
}


class ColumnRole(NamedTuple):
    """A field for a purpose: how well it fits, why, and what is doubtful (empty: nothing)."""

    path: str
    score: float
    why: str
    doubt: str = ""


class Roles(NamedTuple):
    """What was found in the records of one list."""

    id: ColumnRole | None
    name: ColumnRole | None
    vacant: dict[Audience, ColumnRole]
    occupied: dict[Audience, ColumnRole]
    capacity: dict[Audience, ColumnRole]
    status: ColumnRole | None
    space: ColumnRole | None
    time: ColumnRole | None
    lon: ColumnRole | None
    lat: ColumnRole | None
    point: ColumnRole | None
    address: ColumnRole | None
    height: ColumnRole | None

    @property
    def score(self) -> float:
        """How much like parking this list is."""
        return sum(2 * bool(one) for one in (self.vacant or self.occupied or self.space, self.id)) + sum(
            map(bool, (self.name, self.capacity, self.status, self.time, self.point or self.lon))
        )


def tokens_of(path: str) -> list[str]:
    """The words of a field's name, the last part's first."""
    found: list[str] = []
    for part in reversed(path.split(".")):
        plain = _CAMEL.sub("_", part.strip('"@')).casefold().translate(_PLAIN)
        words = [word for word in _SPLIT.split(plain) if word]
        found += [*words, "".join(words)]
    return list(dict.fromkeys(found))


def roles_in(shape: RecordShape) -> Roles:
    """What each field of a list of records seems to be."""
    columns = {path: values for path, values in shape.columns.items() if values}
    whole = {path: values for path, values in columns.items() if is_number(values)}
    time = _best(columns, _time)
    taken = {time.path} if time else set()
    vacant = _by_audience({path: values for path, values in whole.items() if path not in taken}, VACANT)
    occupied = _by_audience(whole, OCCUPIED)
    used = {role.path for role in (*vacant.values(), *occupied.values())}
    capacity = _by_audience(
        {path: values for path, values in whole.items() if path not in used | taken and not _is_of_now(path)}, CAPACITY
    )
    used |= {role.path for role in capacity.values()} | taken
    rest = {path: values for path, values in columns.items() if path not in used}
    space = None if vacant or occupied else _best(rest, _space)
    lon, lat = _best(columns, _degrees(LON, 180)), _best(columns, _degrees(LAT, 90))
    name = _best(rest, _named(NAME))
    return Roles(
        _best(rest, lambda path, values: _id(path, values, shape.size)), name, vacant, occupied, capacity,
        _best(rest, _status) if space is None else None, space, time, lon if lat else None, lat if lon else None,
        _best(columns, _point), _best(rest, _named(ADDRESS)), _best(columns, _height),
    )  # fmt: skip


def _best(columns: Columns, rate: Callable[[str, list[object]], ColumnRole | None]) -> ColumnRole | None:
    found = [role for path, values in columns.items() if (role := rate(path, values)) is not None]
    return max(found, key=lambda role: (role.score, -len(role.path)), default=None)


def _hint(path: str, words: Iterable[str]) -> float:
    """3 where the name is one of these words, 2 where its last part has one, 1 where something above it has."""
    tokens, known = tokens_of(path), set(words)
    last = tokens_of(path.rsplit(".", 1)[-1])
    if last and last[-1] in known:
        return 3
    return 2 if known & set(last) else 1 if known & set(tokens) else 0


def _is_of_now(path: str) -> bool:
    """Whether its name says that it changes with the cars: no capacity, though it be about spaces."""
    return bool((VACANT | OCCUPIED) & set(tokens_of(path.rsplit(".", 1)[-1])))


def _by_audience(columns: Columns, words: frozenset[str]) -> dict[Audience, ColumnRole]:
    """For each audience the field whose name says it best; of those alike the one that says it is of all."""
    found: dict[Audience, list[ColumnRole]] = {}
    for path, values in columns.items():
        tokens = tokens_of(path)
        score = _hint(path, words) - 0.1 * path.count(".")
        if score <= 0.5 or NOT_A_COUNT & set(tokens) or "%" in path:
            continue
        audience = next((AUDIENCE[token] for token in tokens if token in AUDIENCE), Audience.PUBLIC)
        whole = numbers_in(values).whole
        doubts = ["its name says it only in part"] if score <= 1.5 else []
        doubts += ["it is only ever 0 or 1: is that no and yes?"] if len(whole) > 1 and set(whole) <= {0, 1} else []
        why = f"its name, and {len(whole)} whole numbers in {len(values)} records"
        found.setdefault(audience, []).append(ColumnRole(path, score, why, "; ".join(doubts)))
    return {audience: _chosen(roles) for audience, roles in found.items()}


def _chosen(roles: list[ColumnRole]) -> ColumnRole:
    """The best of them; a doubt names those that come near."""
    first = max(roles, key=lambda role: (role.score, bool(OF_ALL & set(tokens_of(role.path)))))
    others = [role.path for role in roles if role is not first and role.score >= first.score - 0.5]
    near = f"or is it {', '.join(others[:4])}?" if others else ""
    return first._replace(doubt="; ".join(doubt for doubt in (near, first.doubt) if doubt))


def _id(path: str, values: list[object], size: int) -> ColumnRole | None:
    texts = [word_of(value) for value in values if not isinstance(value, list | dict | bool)]
    said = [text for text in texts if text]
    last = tokens_of(path.rsplit(".", 1)[-1])
    hint = max((ID.get(token, 0) for token in last), default=0)
    hint = max(
        hint, 3 if any(token.endswith("id") and len(token) > 3 and token not in ID for token in last[-1:]) else 0
    )
    if path.rsplit(".", 1)[-1].startswith("_"):
        hint = min(hint, 1)
    if not said or not hint or max(map(len, said)) > 64 or len(said) < 0.9 * size:
        return None
    share = len(set(said)) / len(said)
    bonus = 0.5 if {"park", "parking", "site", "lot", "space", "bay"} & set(last) else 0
    doubt = "" if share > 0.97 else f"{len(said) - len(set(said))} of {len(said)} records bear one that others bear"
    return ColumnRole(
        path, hint + bonus + 2 * share - 0.1 * path.count("."), "its name, and that it tells records apart", doubt
    )


def _named(words: frozenset[str]) -> Callable[[str, list[object]], ColumnRole | None]:
    def rate(path: str, values: list[object]) -> ColumnRole | None:
        hint = _hint(path, words)
        texts = [value for value in values if isinstance(value, str) and value.strip()]
        if hint < 2 or len(texts) < 0.5 * len(values) or is_number(values):
            return None
        return ColumnRole(path, hint + len(set(texts)) / len(texts), "its name")

    return rate


def _status(path: str, values: list[object]) -> ColumnRole | None:
    words = words_in(values)
    if _hint(path, STATUS) < 2 or not 0 < len([word for word in words if word]) <= MAX_STATES:
        return None
    known = sum(count for word, count in words.items() if any(word.casefold() in said for said in USUAL.values()))
    return ColumnRole(
        path, _hint(path, STATUS) + 3 * known / max(1, sum(words.values())), "its name, and its few words"
    )


def _space(path: str, values: list[object]) -> ColumnRole | None:
    words = {word.casefold() for word in words_in(values) if word}
    known = {word for said in STATES.values() for word in said}
    if words and words <= known and words & (STATES["free"] | STATES["occupied"]):
        return ColumnRole(path, 4 + _hint(path, STATUS), "its words")
    if words and words <= {"true", "false"} and _hint(path, OCCUPIED | VACANT) >= 2:
        return ColumnRole(path, 3, "its name, and that it is true or false")
    return None


def _time(path: str, values: list[object]) -> ColumnRole | None:
    found, hint = time_format(values), _hint(path, TIME)
    if found is None or (hint == 0 and found[0].startswith("epoch")):
        return None
    later = 1 if set(tokens_of(path)) & LATER_TIME else 0
    doubt = "day and month might be the other way round" if found[1] else ""
    return ColumnRole(
        path, 1 + hint - 1.5 * later - 0.1 * path.count("."), "its name, and that its values are times", doubt
    )


def _degrees(words: frozenset[str], most: float) -> Callable[[str, list[object]], ColumnRole | None]:
    def rate(path: str, values: list[object]) -> ColumnRole | None:
        found = degrees_in(values)
        if _hint(path, words) < 2 or not found:
            return None
        metres = max(map(abs, found)) > most
        return ColumnRole(
            path, _hint(path, words), "its name", "these are no degrees: state place.system" if metres else ""
        )

    return rate


def _point(path: str, values: list[object]) -> ColumnRole | None:
    found = position_in(values)
    if found is None:
        return None
    doubt = "" if found.is_sure else "lat and lon might be the other way round"
    return ColumnRole(path, 2.0 - path.count(".") * 0.1 + (path == "geometry"), "values that are positions", doubt)


def _height(path: str, values: Sequence[object]) -> ColumnRole | None:
    return ColumnRole(path, _hint(path, HEIGHT), "its name") if _hint(path, HEIGHT) >= 2 else None
