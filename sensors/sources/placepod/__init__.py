"""PNI PlacePod: a LoRaWAN ground sensor."""
