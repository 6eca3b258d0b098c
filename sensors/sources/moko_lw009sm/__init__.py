"""MOKO LW009-SM: a LoRaWAN ground sensor with magnetometer and radar."""
