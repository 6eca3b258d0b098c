"""Ulm: single bays of five car parks."""
