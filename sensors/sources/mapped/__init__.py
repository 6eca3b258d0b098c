"""Any city's feed, read by one TOML file instead of code."""
