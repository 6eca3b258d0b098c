"""The operators' desk: what people order and count by eye, as the desk alone sends it."""
