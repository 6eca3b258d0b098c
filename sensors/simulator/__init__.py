"""Made-up days that behave like real ones, in the words of real sources, and labelled simulated wherever they go.

``nantes_day`` and ``bays`` are the day that ``placelibre run`` plays. ``running`` and all the rest are ``placelibre
simulate``: a city of any size, its sensors' own frames, faults on demand, and the truth (docs/simulator.md).
"""
