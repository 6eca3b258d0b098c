"""The sources: one little folder each."""
