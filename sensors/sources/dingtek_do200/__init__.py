"""Dingtek DO200, DO201 and DO202: LoRaWAN sensors with ultrasound and magnetometer."""
