"""Bosch TPS110: a LoRaWAN ground sensor."""
