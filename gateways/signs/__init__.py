"""Variable message signs: drivers of the protocols, the controller, software signs, faces as pictures."""
