"""The fold: what devices say becomes what we conclude, whatever the order in which it arrives."""
