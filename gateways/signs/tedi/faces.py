"""A face as the modules of a French sign, and whether what it says that it shows is that face. Pure.

A sign of modules has no arrows and no colours of ours: those are painted, and no part of the text.
"""

from collections.abc import Mapping

from gateways.signs.driver import SignRefusedError
from gateways.signs.tedi.lcr import ALL_MODULES, ModuleText, plain_module
from parking.signs.face import Face, FaceLine
from parking.signs.model import Sign, SignLine
from parking.signs.multi.fit import count_characters


def modules_of(sign: Sign, face: Face) -> list[ModuleText]:
    """One module a line, in order; lines that the face does not have are dark. Nothing is ever cut.

    A written line is its legend left and its value right, a printed one its value, right in its cell.
    """
    if face.is_pattern:
        raise SignRefusedError("LCR cannot light every pixel")
    lit = {line.number: line for line in face.lines if not line.is_dark}
    unknown = lit.keys() - {line.number for line in sign.lines}
    if unknown:
        raise SignRefusedError(f"the sign has no line {min(unknown)}")
    return [_module_of(sign, line, lit.get(line.number)) for line in sign.lines]


def describe_difference(sign: Sign, face: Face, shown: Mapping[str, ModuleText]) -> str | None:
    """In what the read-back differs from the face; None where it does not. Blanks at both ends do not count.

    Modules that are not ours may be lit where the face is; a dark face is a dark sign.
    """
    for wanted in modules_of(sign, face):
        each = shown.get(plain_module(wanted.module), shown.get(ALL_MODULES))
        if each is None:
            return f"nothing is said of module {wanted.module}"
        if wanted.is_dark and not each.is_dark:
            return f"module {wanted.module} shows {_describe(each)} and should be dark"
        if not wanted.is_dark and (each.other or (each.text or "").strip() != (wanted.text or "").strip()):
            return f"module {wanted.module} shows {_describe(each)} instead of {wanted.text!r}"
        if not wanted.is_dark and each.is_blinking:
            return f"module {wanted.module} blinks"
    others = [module for module, each in shown.items() if not each.is_dark]
    return f"module {others[0]} is lit and should be dark" if face.is_dark and others else None


def _module_of(sign: Sign, line: SignLine, lit: FaceLine | None) -> ModuleText:
    names = sign.tedi.modules
    module = names[line.number - 1] if line.number <= len(names) else str(line.number)
    if lit is None:
        return ModuleText(module, None)
    width = count_characters(sign, line) or sign.tedi.characters
    if line.is_printed:
        return ModuleText(module, _required(lit.value, width).rjust(width if line.cell else 0))
    return ModuleText(module, _required(_joined(lit, width), width))


def _joined(lit: FaceLine, width: int) -> str:
    if not lit.legend or not lit.value:
        return lit.legend or lit.value
    return lit.legend + lit.value.rjust(max(width - len(lit.legend), len(lit.value) + 1))


def _required(text: str, width: int) -> str:
    if len(text) > width:
        raise SignRefusedError(f"{text!r:.60} is {len(text)} characters, its line has {width}")
    return text


def _describe(each: ModuleText) -> str:
    return each.other or (repr(each.text) if each.text else "nothing")


def face_of(sign: Sign, shown: Mapping[str, ModuleText]) -> Face:
    """What a sign says that it shows, as a face. Raises SignRefusedError where that is no plain text."""
    return Face(tuple(_line_of(sign, line, shown) for line in sign.lines))


def _line_of(sign: Sign, line: SignLine, shown: Mapping[str, ModuleText]) -> FaceLine:
    module = _module_of(sign, line, None).module
    each = shown.get(plain_module(module), shown.get(ALL_MODULES))
    if each is None or each.other:
        raise SignRefusedError(f"module {module} shows {_describe(each) if each else 'what it does not say'}")
    text = (each.text or "").strip()
    if line.is_printed:
        return FaceLine(line.number, value=text)
    legend = next((one for one in (line.legend, *line.short_legends) if text.startswith(f"{one} ")), text)
    return FaceLine(line.number, legend, text[len(legend) :].strip())
