"""HTTP: nearest places, the whole city, its changes as they happen, and the driver's map."""
