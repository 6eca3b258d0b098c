"""Guidance systems of Zürich, Basel, Luzern and St. Gallen, as one collector stored them."""
