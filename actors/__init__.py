"""The ACD server: one actor per call, agent and queue, and the actors that serve them."""
