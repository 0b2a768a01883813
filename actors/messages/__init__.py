"""The vocabulary: every message between actors, frozen, with its direction."""
