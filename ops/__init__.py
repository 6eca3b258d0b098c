"""Wiring: settings, the command line, and a real Kafka and Valkey for a laptop. Nothing imports this."""
