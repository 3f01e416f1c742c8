"""What a benchmark of kernels needs around it: a folder of its own, which goes whatever happens."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from . import ending


def in_scratch(bench: str, subject: str, work: Callable[[Path], int]) -> int:
    """Does the work there and returns its exit code; connection files, history and settings of Jupyter stay there, too, if jupyter_client is imported later only."""
    scratch = Path(tempfile.mkdtemp(prefix=f"heddle-bench-{bench}-"))
    os.environ["JUPYTER_PATH"] = str(scratch / "data")
    for variable in ("JUPYTER_RUNTIME_DIR", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "IPYTHONDIR"):
        os.environ[variable] = str(scratch / variable.lower())
        (scratch / variable.lower()).mkdir()

    def with_packages() -> int:
        try:
            return work(scratch)
        except ModuleNotFoundError as error:
            print(f"{subject} needs the Python package {error.name}: run ./heddle setup, then ./heddle bench {bench}.", file=sys.stderr)
            return 1

    try:
        return ending.until_told(with_packages, "Stopped; no kernel was left running.")
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
