"""ETags and If-None-Match (RFC 9110, 13): a client that holds the same already gets 304 and no body."""

from hashlib import blake2b

_SUFFIXES = ('-br"', '-gzip"')


def digest(body: bytes) -> str:
    """A short name of these bytes."""
    return blake2b(body, digest_size=12).hexdigest()


def strong_tag(body: bytes) -> str:
    """The tag of exactly these bytes."""
    return f'"{digest(body)}"'


def coded_tag(tag: str, coding: str) -> str:
    """The tag of a body in a content coding; a weak tag names what is said, in whatever coding."""
    return tag if tag.startswith("W/") else f'{tag[:-1]}-{coding}"'


def list_tags(if_none_match: str | None) -> list[str]:
    """The tags that a client holds. Ours contain no comma."""
    return [tag.strip() for tag in (if_none_match or "").split(",") if tag.strip()]


def find_held(if_none_match: str | None, tag: str) -> str | None:
    """The client's own tag, or ``*``, that matches ``tag`` in any coding, by the weak comparison; else None."""
    wanted = bare_tag(tag)
    return next((held for held in list_tags(if_none_match) if held == "*" or bare_tag(held) == wanted), None)


def bare_tag(tag: str) -> str:
    """The tag without weakness and coding: of what is said, in whatever form it came."""
    tag = tag.removeprefix("W/")
    for suffix in _SUFFIXES:
        if tag.endswith(suffix):
            return tag.removesuffix(suffix) + '"'
    return tag
