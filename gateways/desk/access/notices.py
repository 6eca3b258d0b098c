"""What the desk says to somebody who is not in: one small page, French first and English under it."""

from collections.abc import Mapping
from html import escape

from gateways.words.language import get_language
from parking.printable import visible

_STYLE = "body{font:1.125rem/1.5 system-ui,sans-serif;max-width:38rem;margin:12vh auto;padding:0 1rem}"


def render_notice(key: str, values: Mapping[str, str]) -> bytes:
    """The page; ``values`` may come from anybody, and are text."""
    french, english = get_language("fr"), get_language("en")
    title = _text(french.say("signin.title"))
    said = [_text(language.say(key, **values)) for language in (french, english)]
    again = [_text(language.say("signin.again")) for language in (french, english)]
    return f"""<!doctype html>
<html lang="fr">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{title}</title>
<link rel="icon" href="data:,">
<style>{_STYLE}</style>
</head>
<body>
<main>
<h1>{title}</h1>
<p>{said[0]}</p>
<p lang="en">{said[1]}</p>
<p><a href="/login">{again[0]} <span lang="en">({again[1]})</span></a></p>
</main>
</body>
</html>
""".encode()


def _text(words: str) -> str:
    return escape(visible(words))
