"""The domain: what is observed, what is known, and what may be said about it.

Nothing in here reads a clock, a file or a socket. Time arrives as an argument, a fold returns what changed, and every
function is total: bad input is an answer (a refusal), never an accident.
"""
