"""What placelibre says to people, worded once: one file a language, for the terminal, the pictures and the page.

``languages/fr.json`` is the reference; the others have the same keys. The page reads the very same files at
``/static/words/CODE.json``. A file says:

- ``code`` (what people choose), ``locale`` (whose numbers, dates and plurals apply), ``name`` (of itself, in itself);
- ``reviewed``: whether a speaker has read it. What nobody has read is marked so wherever it shows;
- ``fallback``: the language that says what is missing here; null where nothing may be missing;
- ``words``: sentences by key, in groups. ``level.full`` is ``words["level"]["full"]``.

A sentence is a text, or ``{"long", "short"}`` where a column or a sign has less room, or one text for each plural form
of the language (``one``, ``two``, ``few``, ``many``, ``other``, as CLDR names them), chosen by the value ``{count}``.
``{name}`` stands for a value; numbers are written as the language writes them.
"""
