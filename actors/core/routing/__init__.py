"""Which call goes to which agent: the pool, the match, strategies, the line. Pure."""
