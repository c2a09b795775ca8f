"""Run the benchmarks: a table on stdout, the same as JSON in a file."""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
from importlib import import_module
from pathlib import Path

from benchmarks.scale import SMALL, Scale
from benchmarks.table import Line, as_json, table

NAMES = (
    "imports",
    "opening",
    "keystrokes",
    "every_key",
    "searching",
    "ingesting",
    "measuring",
    "syncing",
    "similar",
    "directory",
)
"""Each is a module with `run(scale) -> list[Line]`."""


def run(names: tuple[str, ...], scale: Scale) -> dict[str, list[Line]]:
    """Run benchmarks one after the other, printing each as it ends."""
    results: dict[str, list[Line]] = {}
    for name in names:
        module = import_module(f"benchmarks.{name}")
        results[name] = module.run(scale)
        print(f"\n{name}: {(module.__doc__ or name).splitlines()[0]}\n{table(results[name])}", flush=True)
    return results


def main(arguments: list[str]) -> int:
    """Parse, run, write."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--only", action="append", choices=NAMES, help="run only this one; may be given several times")
    parser.add_argument("--json", type=Path, metavar="FILE", help="where the JSON goes (default: build/bench.json)")
    parser.add_argument("--small", action="store_true", help="tiny sizes: shows that it runs, says nothing of speed")
    options = parser.parse_args(arguments)
    results = run(tuple(options.only or NAMES), SMALL if options.small else Scale())
    target: Path = options.json or Path("build") / "bench.json"
    target.parent.mkdir(parents=True, exist_ok=True)
    machine = {"python": platform.python_version(), "system": platform.system(), "cores": os.cpu_count() or 0}
    report = {"machine": machine, "small": options.small, **{name: as_json(lines) for name, lines in results.items()}}
    target.write_text(json.dumps(report, indent=1) + "\n")
    judged = [line.met for lines in results.values() for line in lines if line.met is not None]
    print(f"\n{sum(judged)} of {len(judged)} goals met. JSON: {target}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
