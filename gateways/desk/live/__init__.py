"""The overview as it is now, and every change of it: read once from Redis for all who look, encoded once a change."""
