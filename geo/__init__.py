"""Where places are: distances, zones, and the answer to "where is the nearest free place?"."""
