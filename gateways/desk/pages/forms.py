"""Parts of forms. Each says by ``data-post`` where it is sent; the script sends it, with what its reader has seen."""

from collections.abc import Iterable

from gateways.desk.pages.frame import text


def labelled(words: str, control: str, of: str = "") -> str:
    """A control and its label; ``of`` is the aspect to which it belongs, where not to all."""
    return f"<label{f' data-of={of}' if of else ''}>{text(words)} {control}</label>"


def ticked(words: str, name: str, of: str = "") -> str:
    """A box to tick, and what it says."""
    return f'<label{f" data-of={of}" if of else ""}><input type="checkbox" name="{name}"> {text(words)}</label>'


def choice(words: str, name: str, choices: Iterable[tuple[str, str]], of: str = "") -> str:
    """One of several: what is sent, and what it is called."""
    options = "".join(f'<option value="{text(value)}">{text(called)}</option>' for value, called in choices)
    return labelled(words, f'<select name="{name}">{options}</select>', of)


def line_input(words: str, name: str, most: int, *, is_needed: bool = False) -> str:
    """A line of text."""
    return labelled(words, f'<input name="{name}" maxlength="{most}"{_needed(is_needed)}>')


def count_input(words: str, name: str, of: str = "", *, is_needed: bool = False) -> str:
    """A whole number, 0 or more."""
    return labelled(words, f'<input type="number" name="{name}" min="0" inputmode="numeric"{_needed(is_needed)}>', of)


def time_input(words: str, name: str) -> str:
    """Day and time, by the city's clock wherever the reader's browser is."""
    return labelled(words, f'<input type="datetime-local" name="{name}" required>')


def post_form(where: str, button: str, *parts: str, more: str = "") -> str:
    """The form and its one button."""
    return f'<form data-post="{text(where)}"{more}>{"".join(parts)}<button>{text(button)}</button></form>'


def _needed(is_needed: bool) -> str:
    return " required" if is_needed else ""
