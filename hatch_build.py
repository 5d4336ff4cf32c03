"""Compile the knowledge files when the package is built: `statelint.knowledge.compiled` says into what."""

from __future__ import annotations

import runpy
import shutil
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class CompileKnowledge(BuildHookInterface):
    """Put the compiled knowledge into the wheel; an editable installation has it beside its sources."""

    _made_in: Path | None = None

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Make the file; hatchling calls this before each wheel, `version` tells which kind of wheel."""
        folder = Path(self.root, "src/statelint/knowledge")
        compiler = runpy.run_path(str(folder / "compiled.py"))
        name = compiler["FILE_NAME"]
        packed = compiler["compile_files"]({file.name: file.read_bytes() for file in folder.glob("*.toml")})
        if version == "editable":  # imports come from the sources; git ignores the file there
            (folder / name).write_bytes(packed)
            return
        self._made_in = Path(tempfile.mkdtemp())
        (self._made_in / name).write_bytes(packed)
        build_data["force_include"][str(self._made_in / name)] = f"statelint/knowledge/{name}"

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """Remove what was made beside the wheel."""
        del version, build_data, artifact_path
        if self._made_in is not None:
            shutil.rmtree(self._made_in)
