"""What people at the desk see: pages that are whole without a script, and kept live by one stream."""
