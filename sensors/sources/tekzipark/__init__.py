"""Tekzitel Tekzipark: a LoRaWAN ground sensor with radar and magnetometer."""
