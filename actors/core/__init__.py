"""Pure rules: no threads, no clocks, no sockets, no pykka."""
