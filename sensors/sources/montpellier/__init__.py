"""A collector's hourly series of Montpellier's car parks: one long CSV."""
