"""A call in a queue: its state machine, one file a subject. Pure."""
