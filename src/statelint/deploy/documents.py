"""The documents of a YAML or JSON file in which words that matter were found, each to its reader."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from statelint.deploy.charts import values_of
from statelint.deploy.comments import WORD, comments_of_yaml, find_allows
from statelint.deploy.dispatch import is_settled, read_document
from statelint.deploy.kubernetes import KubernetesReader
from statelint.deploy.text import read_text
from statelint.deploy.view import Part
from statelint.deploy.yaml_nodes import check_yaml, read_yaml
from statelint.model.files import Language

if TYPE_CHECKING:
    from statelint.deploy.nodes import Document
    from statelint.deploy.view import Collected
    from statelint.model.diagnostics import Problem
    from statelint.model.files import SourceFile
    from statelint.model.suppressions import Suppression


class ReadDocuments(NamedTuple):
    """The documents of one file, of which `found` has what their readers said."""

    part: Part
    documents: tuple[Document, ...]
    found: Collected
    problems: tuple[Problem, ...]

    def are_settled(self) -> bool:
        """Tell whether nothing in them starts or balances but what is in `found` already."""
        return all(map(is_settled, self.documents))

    def add_values(self) -> None:
        """Add the values of a chart."""
        for document in self.documents:
            self.found.values.extend(values_of(self.part, document))

    def add_services(self) -> None:
        """Add what the documents start and balance besides settings of resources."""
        # Few files have something of it.
        from statelint.deploy.services import facts_of_services

        more, copies, endless = facts_of_services(self.part.config, self.documents)
        self.found.facts.extend(more)
        self.found.scalers.extend(copies)
        self.found.problems.extend(endless)

    def finish(self) -> tuple[tuple[Suppression, ...], tuple[Problem, ...]]:
        """Give the suppressions and all problems."""
        found = self.found
        allows: tuple[Suppression, ...] = ()
        if found.comments:
            allows = find_allows(self.part.config, found.comments, found.statements())
        return allows, (*self.problems, *found.problems)


def check_documents(file: SourceFile, data: bytes) -> tuple[Problem, ...]:
    """Tell what is wrong with a file that is not looked into."""
    config, problems = read_text(file.path, data)
    return (*problems, *check_yaml(config))


def read_documents(file: SourceFile, data: bytes, found: Collected) -> ReadDocuments:
    """Read the documents of a file, each by the reader that knows its root."""
    config, problems = read_text(file.path, data)
    part = Part(config, 0, len(config.text))
    if file.language is Language.JSON:
        from statelint.deploy.json_nodes import read_json

        document, broken = read_json(config)
        documents: tuple[Document, ...] = () if document is None else (document,)
    else:
        yaml = read_yaml(config)
        documents, broken = yaml.documents, yaml.problems
        if WORD in config.text:
            found.comments.extend(comments_of_yaml(config, 0, len(config.text), yaml.scalars))
    found.problems.extend(broken)
    kubernetes = KubernetesReader(found)
    for document in documents:
        read_document(part, document, found, kubernetes)
    return ReadDocuments(part, documents, found, problems)
