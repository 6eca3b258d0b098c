"""The catalogue from files: sites, zones, spaces and devices in CSV and GeoJSON, and back (docs/catalogue.md)."""
