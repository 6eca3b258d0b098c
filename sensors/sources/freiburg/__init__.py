"""Freiburg: bays for disabled people, and park and ride."""
