"""Which language somebody is spoken to in, where they have not chosen one."""

from collections.abc import Mapping

from gateways.words.language import CODES, get_language

DEFAULT = "en"
NEAREST = {"br": "fr"}
"""Who speaks Breton is not given, unasked, words that no speaker has read."""


def of_environment(environ: Mapping[str, str]) -> str:
    """The language of a command line, by the first of LC_ALL, LC_MESSAGES and LANG that is set; else English."""
    wanted = next((value for name in ("LC_ALL", "LC_MESSAGES", "LANG") if (value := environ.get(name))), "")
    code = wanted.partition(".")[0].partition("_")[0].lower()
    if code in CODES and not get_language(code).reviewed:
        return NEAREST[code]
    return code if code in CODES else DEFAULT
