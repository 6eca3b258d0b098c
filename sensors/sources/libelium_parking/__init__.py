"""Libelium Smart Parking v3: a LoRaWAN ground sensor."""
