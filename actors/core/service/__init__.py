"""The service by which agents log on and off, pause and come back. Pure."""
