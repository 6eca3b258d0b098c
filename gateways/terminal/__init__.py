"""The terminal: tables for people, documents for programs."""
