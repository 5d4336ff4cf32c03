"""Small numbers that have names."""

from __future__ import annotations


class Numbers:
    """A base for classes that name small integers, where code that runs millions of times compares them.

    What an `IntEnum` names is found through its metaclass: until Python 3.12 that takes four times as long.
    """

    @classmethod
    def name_of(cls, number: int) -> str:
        """Give the name of a number, in lower case."""
        return next(name for name, value in vars(cls).items() if value == number and name.isupper()).lower()
