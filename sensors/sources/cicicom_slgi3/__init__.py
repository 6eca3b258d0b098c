"""Cicicom S-LG-I3: a LoRaWAN ground sensor that speaks in letters."""
