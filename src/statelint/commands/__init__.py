"""What the command line offers besides checking: completion, a first configuration, words for mistakes."""
