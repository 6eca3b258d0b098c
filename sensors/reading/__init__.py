"""What a source wrote, read strictly: one theme a module, and a refusal that names field, value and remedy."""
