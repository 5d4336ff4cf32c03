"""Descriptions of HTTP interfaces (OpenAPI, Swagger) that name the function of the code behind an operation.

    paths:
      /cart/{user}:
        post:
          operationId: shop.carts.add

Most operations have a name of another kind; what is named is looked for in the code, and only that counts.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from statelint.deploy.view import shown
from statelint.model.deployment import Attribute, DeploymentFact

if TYPE_CHECKING:
    from statelint.deploy.nodes import Node
    from statelint.deploy.view import Collected, View

MAY_NAME: Final = re.compile(rb"operationId[\"']?[ \t]*:[ \t]*[\"']?[A-Za-z_]\w*\.|-router-controller")
"""What stands in a description that names functions."""
_CONTROLLERS: Final = ("x-openapi-router-controller", "x-swagger-router-controller")
_MOST: Final = 2_000


def knows(view: View, root: Node) -> bool:
    """Tell whether the root lists paths."""
    return view.find(root, "paths") is not None


def read(view: View, root: Node, found: Collected) -> None:
    """Add the function that each operation names, with the module that the operation or its path names."""
    paths = view.find(root, "paths")
    for path in view.document.pairs(paths.value) if paths is not None else ():
        for operation in view.document.pairs(path.value):
            named = view.find(operation.value, "operationId")
            text = view.text(operation.value, "operationId")
            if named is None or len(found.facts) >= _MOST:
                continue
            modules = (view.text(part, key) for part in (operation.value, path.value) for key in _CONTROLLERS)
            module = next((one for one in modules if one), "")
            found.facts.append(
                DeploymentFact(
                    service=f"{operation.key.value.upper()} {path.key.value}",
                    attribute=Attribute.HANDLER,
                    value=f"{module}.{text}" if module else text,
                    spelling=shown(f"operationId: {text}"),
                    remedy="",
                    place=view.place_of(named),
                    unit="operation",
                )
            )
