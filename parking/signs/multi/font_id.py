"""NTCIP 1203's fontVersionId: a check sum of a font. A message may name by it the drawing that it was written for."""

from crccheck.crc import CrcX25

from parking.signs.multi.font import SignFont


def version_id(number: int, font: SignFont) -> int:
    """The font's id under this number: X-25 over its fields and characters as OER writes them, bytes swapped."""
    encoded = bytes((number, font.height, font.gap, font.leading, 1, len(font.glyphs)))
    for letter, glyph in font.glyphs.items():
        size = (glyph.width * font.height + 7) // 8
        bits = sum(1 << (8 * size - 1 - row * glyph.width - column) for column, row in glyph.lit)
        encoded += bytes((0, ord(letter), glyph.width, size)) + bits.to_bytes(size, "big")
    return int.from_bytes(CrcX25.calc(encoded).to_bytes(2, "little"), "big")
