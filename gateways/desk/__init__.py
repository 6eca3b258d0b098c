"""The operators' desk: what is wrong, why, who is on it, and the means to act."""
