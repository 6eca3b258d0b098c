"""Ways out to people: each turns the live state into one channel, and decides nothing about availability."""
