"""What calls into libraries do besides: make texts, run again and again, wait, sign, write elsewhere."""

from typing import Literal

import msgspec

from statelint.knowledge.words import Position


class TextEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A call whose result is a text: what it says can be read from its arguments.

    `default`: arguments that hold where the environment or a settings file says nothing, `setting` the one
      that names what is asked (`os.environ.get`: 1 and 0). `same`: arguments that are the text, one after the
      other; `more`: true where further text follows that is not known.
    `option`: true where the command line gives the text, under the name of argument `setting`: as an
      attribute of the arguments (`args.storage` after `add_argument("--storage")`), or to a parameter of the
      function that is decorated.
    A method of texts (`str.format`) takes the text that it is called on for its first one.
    """

    names: tuple[str, ...]
    default: tuple[Position, ...] = ()
    setting: Position | None = None
    same: tuple[Position, ...] = ()
    more: bool = False
    option: bool = False


class TimerEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A call that is given a function which then runs again and again, or once and some time later.

    `function`: where it stands (empty: it is decorated). `repeats`: `always` (what is planned is a job), or
    `periodic` (it may be any housekeeping of the process, and counts only if it changes something outside);
    `rearmed`: only if the function hands itself over again (`threading.Timer`); `loop`: only if it has an
    endless loop that sleeps (`asyncio.create_task`). `accepts`: true where work handed over while serving is
    kept in this process only, and lost with it.
    `started_by`: as in a keeper. `method`: the one that runs where a class of the project derives from it
    (`run`); the timer is then made with the object.
    """

    names: tuple[str, ...]
    repeats: Literal["always", "periodic", "rearmed", "loop"]
    function: tuple[Position, ...] = ()
    accepts: bool = False
    started_by: tuple[str, ...] = ()
    method: str = ""


class ActEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Calls that change something outside of the process: a row, a message, a mail, a remote resource."""

    names: tuple[str, ...]


class SleepEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Calls that wait for a time: `asyncio.sleep`."""

    names: tuple[str, ...]


class SecretEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A call that signs, encrypts or checks with a key, or names a cookie: each process must have the same.

    `arguments`: where the key stands; `receiver`: the object was made with it (`Fernet(key).encrypt`).
    `keeps`: true where a class keeps the key for the requests to come, so that the call may stand in start-up
      code. `setting`: where the name of a setting stands, so that the call only counts where it is one of
      `secret_settings` (`define("cookie_secret", default=key)`). `use`: what is done with it, as a finding
      says it.
    """

    names: tuple[str, ...]
    arguments: tuple[Position, ...] = ()
    receiver: bool = False
    keeps: bool = False
    setting: Position | None = None
    use: Literal["signs", "encrypts", "compares", "names cookies"] = "signs"


class WriterEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A call that changes what all processes share: rows of a database, something behind another service.

    `statement`: where the SQL stands that tells whether it changes anything; absent: it always does. `alone`:
      true for a method of what only one thread may use at a time, so that a lock may guard the object itself.
    """

    names: tuple[str, ...]
    statement: Position | None = None
    alone: bool = False


class ProcessEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A call that changes a setting of the whole process (`os.chdir`).

    `value`: where the new value stands; absent: the call always changes something. `sent`: true where only a
    value that a client has sent matters (the level of a logger). `state`: what kind of state that is.
    `asked`: functions that give the present value, which is later set back.
    """

    names: tuple[str, ...]
    value: Position | None = None
    sent: bool = False
    state: Literal["environment", "config"] = "environment"
    asked: tuple[str, ...] = ()
