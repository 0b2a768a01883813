"""One agent: states, phone, leases. Pure."""
