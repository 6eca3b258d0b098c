"""Parametric TCR: a LoRaWAN radar that counts what drives past, either way."""
