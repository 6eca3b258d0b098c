"""Nwave NPS310SM: a LoRaWAN surface-mounted sensor."""
