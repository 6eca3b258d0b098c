"""SIRI Facility Monitoring: park and ride and other car parks that public transport tells of."""
