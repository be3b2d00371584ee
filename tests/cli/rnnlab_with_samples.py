"""The command rnnlab with the studies of questions/ instead of the course's."""

from __future__ import annotations

from pathlib import Path

import rnnlab.studies.catalogue
import rnnlab.studies.cluster
import rnnlab.studies.comparison
import rnnlab.studies.verification

# The machinery is loaded now; what is looked for from here on are questions.
rnnlab.studies.__path__ = [str(Path(__file__).parent / "questions")]

if __name__ == "__main__":
    from rnnlab.cli import main

    main()
