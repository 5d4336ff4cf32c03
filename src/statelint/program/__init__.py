"""Facts of all files -> one Program: heap, calls, eras, lifetimes, effects."""
