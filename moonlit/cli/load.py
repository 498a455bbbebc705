"""`moonlit load FILE`: bring a practice in from its file."""

import argparse
import sys
from datetime import date
from pathlib import Path

MOST_FAULTS = 200


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, help="the practice file (YAML)")
    parser.add_argument("--dry-run", action="store_true", help="print the difference and write nothing")
    parser.add_argument(
        "--anchor", type=date.fromisoformat, metavar="DATE", help="the day from which +20d and the like count; stored"
    )
    parser.add_argument("--prune", action="store_true", help="end rows the file no longer has (nothing is deleted)")
    parser.add_argument("--force", action="store_true", help="overwrite rows that staff edited since the last load")


def run(args: argparse.Namespace) -> int:
    from moonlit.audit.actor import Actor
    from moonlit.platform import clock
    from moonlit.practicefile.faults import FaultyFileError
    from moonlit.practicefile.report import lines, summary
    from moonlit.practicefile.services import load

    try:
        text = args.file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as fault:
        print(f"moonlit load: {args.file} cannot be read: {_why(fault)}", file=sys.stderr)
        return 1
    try:
        loaded = load(
            text,
            actor=Actor("system", "moonlit load"),
            now=clock.now(),
            dry_run=args.dry_run,
            anchor=args.anchor,
            prune=args.prune,
            force=args.force,
            progress=_progress,
        )
    except FaultyFileError as faulty:
        for fault in faulty.faults[:MOST_FAULTS]:
            field = f" {fault.field}" if fault.field else ""
            print(f"{args.file}:{fault.line}{field}: {fault.sentence} ({fault.code})", file=sys.stderr)
        count = len(faulty.faults)
        print(f"{count} fault{'' if count == 1 else 's'}; nothing was loaded.", file=sys.stderr)
        return 1
    for line in lines(loaded.difference):
        print(line)
    if loaded.anchor_before not in {None, loaded.anchor}:
        print(f"~ anchor {loaded.anchor_before} -> {loaded.anchor}")
    said = "Dry run, nothing written" if args.dry_run else "Loaded" if loaded.written else "Nothing to do"
    print(f"{said}: {summary(loaded.difference)}. Relative dates count from {loaded.anchor}.")
    return 0


def _progress(step: str) -> None:
    if sys.stderr.isatty():
        print(f"  {step}", file=sys.stderr)


def _why(fault: Exception) -> str:
    return fault.strerror or "unreadable" if isinstance(fault, OSError) else "it is not UTF-8 text"
