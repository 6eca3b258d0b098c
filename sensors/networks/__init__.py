"""One small file a network: how its server writes an uplink, and what else it sends to the same address."""
