"""Bordeaux Métropole: car parks and park-and-ride sites."""
