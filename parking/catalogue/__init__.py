"""Tenants, places, spaces and devices: the model, what files say of them, and whether it is sound."""
