"""The files of a project: found, told apart by language and role, and read."""
