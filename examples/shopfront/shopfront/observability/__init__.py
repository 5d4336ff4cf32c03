"""Request ids, metrics and timing."""
