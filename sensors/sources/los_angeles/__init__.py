"""Los Angeles: parking meters with sensors."""
