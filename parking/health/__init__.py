"""Which devices to doubt, and whom somebody should visit first."""
