"""ParkOMate of Macnman: a LoRaWAN ground sensor with a magnetometer."""
