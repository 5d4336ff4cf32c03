"""Which Dockerfile of the project builds the image of a container, if one does."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING, Final

from statelint.deploy.storage import is_foreign_image
from statelint.model.files import FileRole
from statelint.program.services import bare_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from statelint.model.deployment import Container, Image, Workload
    from statelint.program.deployed import Deployment

_WORD: Final = re.compile(r"[\w.-]+")
_VALUE: Final = re.compile(r"\.Values\.([\w.]+)")
_KEY: Final = re.compile(r"[a-z0-9]+")
_DOCKERFILE: Final = "Dockerfile"
_COMMON: Final = frozenset(
    {"app", "backend", "build", "docker", "dockerfile", "image", "images", "service", "services", "src"}
)
"""Names of folders and stages that say nothing of which image is meant."""


class Images:
    """The Dockerfiles of a project, by the names that an image may have."""

    def __init__(self, deployment: Deployment, tops: Callable[[str], Iterable[str]]) -> None:
        self._deployment = deployment
        self._all: list[Image] = []
        self._by_key: dict[str, list[Image]] = {}
        self._by_reference: dict[str, Image] = {}
        self._by_path: dict[str, list[Image]] = {}
        for file in deployment.files:
            if file.role is not FileRole.TEST:
                self._all += file.images
        for image in self._all:
            self._by_path.setdefault(image.place.path, []).append(image)
            for key in dict.fromkeys((*_keys(image), *_keys_of_all(image, tops))):
                self._by_key.setdefault(key, []).append(image)
        for deployed in deployment.deployed:
            for container in deployed.workload.containers:
                built = self._built(container) if container.build else None
                if built is not None and container.image:
                    self._by_reference[container.image] = built

    @property
    def all(self) -> Sequence[Image]:
        """Every image that a Dockerfile outside of tests builds."""
        return self._all

    def of(self, workload: Workload, container: Container) -> Image | None:
        """Give the image of a container; None for one of others, or where it is not known which."""
        if container.build:
            return self._built(container)
        name = self.resolved(container)
        if name in self._by_reference:
            return self._by_reference[name]
        if is_foreign_image(name):
            return None
        for word in (*_names(name), bare_name(workload.service), container.name):
            found = self._called(word)
            if found is not None:
                return found
        return None

    def resolved(self, container: Container) -> str:
        """Give the name of a container's image, with what a chart's values say in the place of a template."""
        found = _VALUE.search(container.image)
        if found is None:
            return container.image
        values = self._deployment.look_up(container.place.path, f"Values.{found[1]}")
        return values[0].value if values else container.image

    def _built(self, container: Container) -> Image | None:
        folder = posixpath.normpath(
            posixpath.join(posixpath.dirname(container.place.path), container.build or ".")
        )
        path = posixpath.normpath(posixpath.join(folder, container.dockerfile or _DOCKERFILE))
        found = self._by_path.get(path, [])
        staged = [image for image in found if container.stage and image.stage == container.stage]
        return next(reversed(staged or found), None)

    def _called(self, word: str) -> Image | None:
        key = _key(word)
        found = self._by_key.get(key, [])
        if not found:  # `acme/shop-cart` is what `services/cart` builds
            found = self._by_key.get(key.rpartition("-")[2], []) if "-" in key else []
        return found[0] if len(found) == 1 else None


def folders_of(image: Image, context: str = "") -> tuple[str, ...]:
    """List the folders of the project that an image holds; a build starts in the Dockerfile's folder."""
    base = context or posixpath.dirname(image.place.path)
    copied = (posixpath.normpath(posixpath.join(base, path.lstrip("/"))) for path in image.copied)
    inside = tuple(dict.fromkeys("" if path == "." else path for path in copied if not path.startswith("..")))
    return inside or (base,)


def _keys(image: Image) -> Iterator[str]:
    """List what the image of a Dockerfile is likely to be called."""
    folder, _, name = image.place.path.rpartition("/")
    plain = name.lower().removesuffix(".dockerfile").removeprefix("dockerfile").strip(".-_")
    candidates = [plain, image.stage, *reversed(folder.split("/")[-2:])]
    candidates += [path.rstrip("/").rpartition("/")[2] for path in image.copied if "." not in path]
    for each in candidates:
        key = _key(each)
        if key and key not in _COMMON:
            yield key


def _keys_of_all(image: Image, tops: Callable[[str], Iterable[str]]) -> Iterator[str]:
    """List the packages of a project whose image holds all of it: it is likely to be called like one."""
    folder, _, name = image.place.path.rpartition("/")
    if name == _DOCKERFILE and not {".", "./"}.isdisjoint(image.copied):
        for top in tops(folder):
            key = _key(top)
            if key and key not in _COMMON:
                yield key


def _key(name: str) -> str:
    return "-".join(_KEY.findall(name.lower()))


def _names(image: str) -> list[str]:
    """Give the name of an image without registry and tag, or the words of an expression that gives it."""
    if "$" in image or "{" in image:
        return [part for word in _WORD.findall(image) for part in word.split(".")]
    return [image.partition("@")[0].rpartition("/")[2].partition(":")[0]]
