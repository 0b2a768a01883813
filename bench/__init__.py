"""What the server costs per call, against bare loops and Asterisk: ``python -m bench``."""
