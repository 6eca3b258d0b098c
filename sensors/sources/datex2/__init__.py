"""DATEX II parking publications, 2.x and 3.x, whoever publishes them."""
