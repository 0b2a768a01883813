"""What calls and services share: a leg's life, the caller's way in, the effects. Pure."""
