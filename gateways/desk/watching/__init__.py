"""What the desk watches: rejects as they come, alarms, and what is sent out about them."""
