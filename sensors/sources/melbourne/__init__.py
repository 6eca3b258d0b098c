"""City of Melbourne: on-street bays with ground sensors."""
