"""Sources: one little folder each, which turns the vendor's bytes into observations and decides nothing."""
