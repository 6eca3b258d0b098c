"""Eurométropole de Strasbourg: car parks and park-and-ride sites."""
