"""Runs one bench: `python -m bench NAME [--options]`; every module of this folder with a `run` is one."""

from __future__ import annotations

import argparse
import importlib
import os
import pkgutil
import sys
from pathlib import Path
from types import ModuleType

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ.setdefault("PSYCOPG_WAIT_FUNC", "wait_select")

import bench
from bench.report import Report


def benches() -> dict[str, ModuleType]:
    """The benches by name."""
    names = sorted(found.name for found in pkgutil.iter_modules(bench.__path__) if not found.name.startswith("_"))
    modules = {name: importlib.import_module(f"bench.{name}") for name in names}
    return {name: module for name, module in modules.items() if hasattr(module, "run")}


def main() -> int:
    """Run what the command line asks for; the exit code says whether every aim was met."""
    known = benches()
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--list", action="store_true", help="name the benches and what they measure")
    commands = parser.add_subparsers(dest="name", metavar="NAME")
    for name, module in known.items():
        first = (module.__doc__ or "").strip().splitlines()[0]
        command = commands.add_parser(
            name, help=first, description=module.__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
        )
        module.options(command)
    asked = parser.parse_args()
    if asked.list or asked.name is None:
        for name, module in known.items():
            print(f"{name:12} {(module.__doc__ or '').strip().splitlines()[0]}")
        return 0
    report = Report(asked.name)
    known[asked.name].run(asked, report)
    return 0 if report.end() else 1


if __name__ == "__main__":
    sys.exit(main())
