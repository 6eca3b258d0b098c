r"""What others wrote, for people's eyes: nothing in it steers a terminal, ends a line or turns a text round.

A name, a device's id, a header, the message of an error: whoever sent it chose its letters. Where it is printed, each
letter that cannot be seen is shown as Python writes it (``\x1b``, ``\n``, ``\u202e``); where it stands in JSON, as
JSON writes it, so that a program reads what was there.
"""

import re

_SPACES = "\u00a0\u202f\u2009"
"""The unbreakable and thin spaces of French typography: nothing to see, and no harm."""

_ASIDE = dict.fromkeys(map(ord, _SPACES), " ")
_SPELT = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}
_STRANGE = re.compile(r"[^ -~]")


def visible(text: str, keep: str = "") -> str:
    """The text with what cannot be seen spelt out, but for the letters in ``keep``; total."""
    if text.isprintable():
        return text
    return "".join(letter if _is_plain(letter) or letter in keep else _spelt(letter) for letter in text)


def visible_json(text: str) -> str:
    """JSON that says the same, with what cannot be seen as escapes; line breaks between its parts stay."""
    if text.isprintable():
        return text
    return _STRANGE.sub(_as_json, text)


def is_one_line(text: str) -> bool:
    """Whether it is visible characters alone: no line break, nothing that steers a terminal or turns a text round."""
    return text.translate(_ASIDE).isprintable()


def _is_plain(letter: str) -> bool:
    return letter.isprintable() or letter in _SPACES


def _spelt(letter: str) -> str:
    code = ord(letter)
    if letter in _SPELT:
        return _SPELT[letter]
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _as_json(found: re.Match[str]) -> str:
    letter = found[0]
    if letter == "\n" or _is_plain(letter):
        return letter
    code = ord(letter)
    if code < 0x10000:
        return f"\\u{code:04x}"
    high, low = divmod(code - 0x10000, 0x400)
    return f"\\u{0xD800 + high:04x}\\u{0xDC00 + low:04x}"
