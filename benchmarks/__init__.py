"""Whole processes side by side: statelint, the parser that it is built on, and other tools."""
