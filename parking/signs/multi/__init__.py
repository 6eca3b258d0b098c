"""MULTI, the markup of NTCIP 1203: faces composed in it, measured in the sign's own font, rendered pixel by pixel.

``compose`` writes a face, ``fit`` says beforehand whether a line can be written at all, ``raster`` renders and
validates, ``font`` and ``glyphs`` are the fonts, ``geometry`` says where on the sign a line stands.
"""
