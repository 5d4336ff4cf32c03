"""The words of knowledge files: arguments, entries, where values come from, rules, kinds of state."""

from typing import Literal

Position = int | str
"""An argument: its position from 0 (the receiver not counted), or its keyword."""
EntryKind = Literal["request", "websocket", "message", "task", "background", "startup", "metrics"]
"""Who sets a function off: a client, a message, the program itself; `metrics`: those who run the service."""
Bit = Literal[
    "clock",
    "random",
    "request",
    "connection",
    "task",
    "handle",
    "io-db",
    "io-http",
    "io-file",
    "io-process",
    "digest",
]
"""Where a value comes from."""
Rule = Literal[
    "local-session-backend",
    "local-cache-backend",
    "local-rate-limit",
    "local-message-backend",
    "local-job-backend",
    "local-conversation-store",
    "local-upload",
    "local-database",
    "local-log-file",
    "in-process-scheduler",
]
"""The rules that report what the knowledge files call a keeper or a setting."""
Kept = Literal[
    "session",
    "upload",
    "records",
    "cache",
    "config",
    "queue",
    "job-result",
    "counter",
    "rate-limit",
    "idempotency",
    "websocket",
    "lock",
    "scheduler",
    "log",
    "registry",
    "other",
]
"""The kind of state that is kept."""
