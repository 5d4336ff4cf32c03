"""Errors that end a run, each worded as one line that says what to change."""


class StatelintError(Exception):
    """A mistake of the user that ends the run: shown as one line, exit status 2."""


class UsageError(StatelintError):
    """A wrong argument: a path that does not exist, a rule that is unknown."""


class ConfigError(StatelintError):
    """A configuration file that cannot be used; the message names the file and the key."""


class KnowledgeError(StatelintError):
    """A knowledge file that breaks its schema; the message names file, key and the nearest valid word."""
