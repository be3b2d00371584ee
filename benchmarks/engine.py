"""Measures the engine against its peers and says which of its goals it meets.

    python benchmarks/engine.py            all of it, about ten minutes on a quiet machine
    python benchmarks/engine.py --quick    two or three minutes: fewer rounds, every second size

Prints the table and writes results/benchmarks/engine.json, from which the page on the engine and README draw the chart.
Exit code 0, whatever the verdicts.
"""

from __future__ import annotations

import argparse
import sys

from rnnlab.studies import results_folder
from speed.goals import rows
from speed.measure import measure
from speed.report import print_table, surroundings, write_json


def main() -> None:
    parser = argparse.ArgumentParser(description="Measures the engine against torch, JAX, Keras and ONNX Runtime.")
    parser.add_argument(
        "--quick", action="store_true", help="two or three minutes: fewer rounds, every second size, nothing written"
    )
    quick = parser.parse_args().quick
    found = measure(quick)
    print(file=sys.stderr)
    table, about = rows(found), surroundings(found, quick)
    print_table(table, about, found)
    if not quick:
        path = results_folder() / "benchmarks" / "engine.json"
        write_json(path, table, about, found)
        print(f"Written: {path}")


if __name__ == "__main__":
    main()
