"""Lines of a proposed mapping: what they were guessed from, and what is doubtful, as a comment behind them."""

import json

from sensors.sources.mapped.guess_roles import ColumnRole

_WIDTH = 40


def line(text: str, role: ColumnRole | None = None, note: str = "") -> str:
    """A line of TOML with its comment: what is doubtful first, then ``note``, or why the role was given."""
    said = note or (f"guessed from {role.why}" if role is not None else "")
    doubt = f"doubtful: {role.doubt}" if role is not None and role.doubt else ""
    comment = "; ".join(part for part in (doubt, said) if part)
    return f"{text:<{_WIDTH}} # {comment}" if comment else text


def and_doubt(role: ColumnRole, doubt: str) -> ColumnRole:
    """The same, with one doubt more; an empty one is none."""
    return role._replace(doubt="; ".join(one for one in (role.doubt, doubt) if one))


def quoted(value: str) -> str:
    """A text of TOML."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def listed(values: list[str]) -> str:
    """A list of TOML, of values that are TOML already."""
    return "[" + ", ".join(values) + "]"
