"""DATEX II 2.3 parking publications, whoever publishes them."""
