"""Redis: the live state of every place, and one stream of changes per tenant."""
