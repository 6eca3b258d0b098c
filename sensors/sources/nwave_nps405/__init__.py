"""Nwave NPS405: a LoRaWAN ground sensor that says how long the state before lasted."""
