"""What every actor stands on: the base actor, the post office, clocks and timers."""
