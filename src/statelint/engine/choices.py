"""Check what the user chose against what there is, before any file is read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from statelint.engine.select import chosen_rules
from statelint.errors import ConfigError, hint
from statelint.knowledge import load_knowledge
from statelint.model.diagnostics import State
from statelint.remedies import offered_stores

if TYPE_CHECKING:
    from collections.abc import Collection

    from statelint.model.settings import Settings


def check_choices(settings: Settings, known: Collection[str]) -> None:
    """Raise UsageError or ConfigError for a rule that is not `known`, or a store that is not offered.

    Knowledge of the project's own that breaks its form raises KnowledgeError.
    """
    chosen_rules(settings, known)
    load_knowledge(settings.knowledge)
    file = settings.config.name if settings.config else "configuration"
    for word, store in settings.stores.items():
        offered = offered_stores(State(word))
        if store not in offered:
            raise ConfigError(
                f"`{file}`: `stores.{word}`: `{store}` is not offered for it{hint(store, offered)}"
            )
