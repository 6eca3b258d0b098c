"""FIWARE context brokers: parking of the Smart Data Models, in NGSI-LD and NGSI-v2."""
