"""Tokens, passwords and throttling."""
