"""What a MULTI string lights, pixel by pixel; and whether a sign may take it at all.

Known are the tags that we write and some more: cb cf cr fo jl jp nl np pb pt tr. Others, as flash, fields, graphics and
moving text, are refused as unsupported. Text of two justifications that runs into one another is drawn so, as signs do.
"""

from typing import NamedTuple

from parking.signs.model import SignLimits
from parking.signs.multi.layout import Rgb
from parking.signs.multi.pen import Pen
from parking.signs.multi.tags import MultiError, MultiFault, MultiPart, has_size, list_parts
from parking.signs.words import InvalidSignError


class Raster(NamedTuple):
    """One page: ``pixels`` are those that are not black, by (x, y) from 1, with their colour."""

    width: int
    height: int
    pixels: dict[tuple[int, int], Rgb]

    @property
    def lit(self) -> frozenset[tuple[int, int]]:
        """The pixels that are lit, whatever their colour."""
        return frozenset(self.pixels)


def rasterise(multi: str, limits: SignLimits) -> Raster:
    """Its first page. Raises MultiError where a sign must refuse it, InvalidSignError where the sign has no size."""
    return list_pages(multi, limits)[0]


def validate(multi: str, limits: SignLimits) -> MultiError | None:
    """What a sign finds wrong with it, or None."""
    try:
        list_pages(multi, limits)
    except MultiError as error:
        return error
    return None


def list_pages(multi: str, limits: SignLimits) -> list[Raster]:
    """All its pages; an empty string is one dark page. Raises as ``rasterise`` does."""
    if not has_size(limits):
        raise InvalidSignError("a sign whose width and height in pixels are not known has no picture")
    if limits.max_multi_bytes is not None and len(multi.encode()) > limits.max_multi_bytes:
        raise MultiError(MultiFault.OTHER, limits.max_multi_bytes, f"longer than {limits.max_multi_bytes} bytes")
    pages: list[list[MultiPart]] = [[]]
    for part in list_parts(multi):
        if part.tag and limits.tags is not None and part.tag not in limits.tags:
            raise MultiError(MultiFault.UNSUPPORTED_TAG, part.offset, f"this sign takes no [{part.tag}]")
        if part.tag == "np":
            pages.append([])
        else:
            pages[-1].append(part)
        if limits.max_pages is not None and len(pages) > max(1, limits.max_pages):
            raise MultiError(MultiFault.TOO_MANY_PAGES, part.offset, f"{limits.max_pages} pages are there")
    pen = Pen(limits)
    return [Raster(limits.width_px or 0, limits.height_px or 0, pen.draw_page(parts)) for parts in pages]
