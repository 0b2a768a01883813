"""A day of the real rules in virtual time: callers, phones and shifts in, facts out."""
