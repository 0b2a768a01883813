"""Who sits at which phone. Pure."""
