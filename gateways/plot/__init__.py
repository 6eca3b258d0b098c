"""A place's day as a picture, from what was published."""
