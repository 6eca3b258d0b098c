"""A driver for each sign of the inventory, by its protocol."""
