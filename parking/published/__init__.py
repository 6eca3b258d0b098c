"""What may be said about a place, for whom, how full, and until when it is true."""
