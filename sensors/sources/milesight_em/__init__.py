"""Milesight EM310-UDL and EM400-MUD: LoRaWAN sensors of distances, above or beside a space."""
