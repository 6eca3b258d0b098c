"""Words that signs and portals use for the state of a car park, in the languages of our sources.

``usual = true`` in a [[status]] adds them to its own. A word that says how full a car park is becomes a level, never a
number. Words that mean one thing here and another there ("libre": free, or free of charge; "ferme"; "gratuit") are left
out, or stand where the field alone decides.
"""

from collections.abc import Mapping
from types import MappingProxyType

USUAL: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "open": (
            "open", "opened", "ouvert", "ouverte", "offen", "geöffnet", "geoeffnet", "abierto", "aperto", "aberto",
            "otwarty", "öppen", "åben", "åpen", "avoinna", "otevřeno", "digor",
        ),
        "closed": (
            "closed", "fermé", "ferme", "fermée", "geschlossen", "zu", "cerrado", "chiuso", "fechado", "gesloten",
            "zamknięty", "stängd", "lukket", "stengt", "suljettu", "zavřeno", "serret",
        ),
        "full": (
            "full", "complet", "besetzt", "voll", "belegt", "completo", "al completo", "lleno", "cheio", "lotado",
            "vol", "pełny", "full up", "fullt", "optaget", "fullbelagt", "täynnä", "obsazeno", "leun",
        ),
        "almost_full": (
            "almost full", "almost_full", "almostfull", "presque complet", "fast besetzt", "fast voll", "wenige frei",
            "casi completo", "quasi completo", "quasi pieno", "quase cheio", "bijna vol",
        ),
        "spaces_available": (
            "spaces available", "spaces", "spacesavailable", "places disponibles", "plätze frei", "plaetze frei",
            "viele frei", "plazas libres", "posti disponibili", "posti liberi", "lugares livres", "plaatsen vrij",
        ),
        "subscribers_only": ("abonnés", "abonnes", "abonnés uniquement", "subscribers only", "nur dauerparker"),
        "not_counted": (
            "out of service", "hors service", "außer betrieb", "ausser betrieb", "gestört", "störung",
            "fuera de servicio", "fuori servizio", "buiten dienst", "indisponible", "nodata",
            "no data", "keine daten", "sin datos",
        ),
        "unknown": ("unknown", "inconnu", "unbekannt", "desconocido", "sconosciuto", "desconhecido", "onbekend"),
    }
)  # fmt: skip
