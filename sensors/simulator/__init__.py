"""Made-up days that behave like real ones, in the shape of the real feed, and labelled simulated wherever they go."""
