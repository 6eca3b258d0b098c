"""ParkAPI: car parks, bike parks and single spots of many cities, versions 1 to 3."""
