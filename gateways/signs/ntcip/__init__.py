"""NTCIP 1203 v3 signs: objects and codes on a page each, SNMP over one shared socket, and the driver."""
