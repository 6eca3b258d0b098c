"""Nwave NCC405: a LoRaWAN car counter with running totals."""
