"""Who is there: sessions, the identity provider, the local link, tokens of other systems."""
