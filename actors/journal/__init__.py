"""The journal: facts taken by one actor, written by a thread of its own, read at the next start."""
