"""What exists: queues, agents, memberships; how it changes while calls go on. Pure."""
