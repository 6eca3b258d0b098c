"""A real Kafka and a real Valkey on a laptop, with no JDK, no Docker and no root."""
