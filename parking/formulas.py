"""Texts in a table that a spreadsheet would run: an apostrophe goes before them, and comes off again where we read it.

A program for tables takes a cell for a formula that begins with ``=``, ``+``, ``-`` or ``@``, their full-width twins, a
tab or a line break: a car park called ``=HYPERLINK(…)`` would act on whoever opens the export. The apostrophe is what
such programs themselves put before a text. A number stays a number, and a text that begins with apostrophes before such
a letter gets one more, so that what was exported is read back as it was.

Not promised: that a foreign table whose cell begins with an apostrophe and one of these letters keeps the apostrophe.
"""

import re

_RUNS = re.compile(r"'*\s*[=+\-@\uff1d\uff0b\uff0d\uff20\t\r\n]")
_NUMBER = re.compile(r"[+-]?[0-9]+([.,][0-9]+)?")


def as_text(cell: str) -> str:
    """The cell as a spreadsheet takes it for text."""
    return f"'{cell}" if _RUNS.match(cell) and not _NUMBER.fullmatch(cell) else cell


def as_it_was(cell: str) -> str:
    """The cell without what ``as_text`` put before it."""
    return cell[1:] if cell.startswith("'") and _RUNS.match(cell) else cell
