"""Car-park counters: lanes, counts, barriers and openings, in an open wire of our own."""
