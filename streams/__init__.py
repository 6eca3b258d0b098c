"""Kafka and Faust: observations in, the fold in the middle, changes, rejects and the live state out."""
