"""Nantes Métropole: public car parks and park-and-ride sites."""
