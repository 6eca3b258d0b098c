"""The controller: whoever holds the lease keeps each sign at what its plan says, and knows what the sign says back."""
