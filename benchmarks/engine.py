"""Measures the engine against its peers and says which of its goals it meets.

    python benchmarks/engine.py            all of it, about ten minutes on a quiet machine
    python benchmarks/engine.py --quick    a minute: fewer rounds, every second size

Prints the table, writes engine.json and engine.svg beside this file. Exit code 0, whatever the verdicts.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from speed.goals import rows
from speed.measure import measure
from speed.report import draw, print_table, surroundings, write_json


def main() -> None:
    parser = argparse.ArgumentParser(description="Measures the engine against torch, JAX, Keras and ONNX Runtime.")
    parser.add_argument(
        "--quick", action="store_true", help="a minute: fewer rounds, every second size, nothing written"
    )
    quick = parser.parse_args().quick
    found = measure(quick)
    print(file=sys.stderr)
    table, about = rows(found), surroundings(found, quick)
    print_table(table, about, found)
    if not quick:
        here = Path(__file__).parent
        write_json(here / "engine.json", table, about, found)
        draw(here / "engine.svg", found)
        print(f"Written: {here / 'engine.json'} and {here / 'engine.svg'}")


if __name__ == "__main__":
    main()
