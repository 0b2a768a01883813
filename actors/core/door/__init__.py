"""Who may do what from where, and what is told of those who may not."""
