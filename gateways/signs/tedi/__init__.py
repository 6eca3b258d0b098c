"""French signs by TEDI/LCR (NF P 99-302, 99-340, 99-342) over TCP: framing, what is said in it, and the driver."""
