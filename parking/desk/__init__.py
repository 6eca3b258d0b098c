"""What people at the desk are, may and say: pure, like the rest of the domain."""
