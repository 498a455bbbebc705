"""`moonlit photo NPI FILE`: the picture on a clinician's card. Without one the card shows initials."""

import argparse
import sys
from pathlib import Path

from moonlit.audit.actor import Actor


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("npi", help="the clinician's NPI, as in the practice file")
    given = parser.add_mutually_exclusive_group(required=True)
    given.add_argument("file", type=Path, nargs="?", help="a JPEG, PNG or WebP picture of at most 10 MB")
    given.add_argument("--remove", action="store_true", help="show the initials instead")


def run(args: argparse.Namespace) -> int:
    from moonlit.practice.models import Provider
    from moonlit.practice.services import remove_photo

    actor = Actor("system", "moonlit photo")
    try:
        if args.remove:
            print("Removed; the card shows initials." if remove_photo(args.npi, actor=actor) else "There was none.")
            return 0
        return _set(args.npi, args.file, actor)
    except Provider.DoesNotExist:
        print(f"moonlit photo: there is no provider with the NPI {args.npi}", file=sys.stderr)
        return 1


def _set(npi: str, file: Path, actor: Actor) -> int:
    from moonlit.practice.photos import MOST_BYTES, PhotoError, photo_name, square_webp
    from moonlit.practice.services import set_photo

    try:
        with file.open("rb") as opened:
            webp = square_webp(opened.read(MOST_BYTES + 1))
    except OSError as fault:
        print(f"moonlit photo: {file} cannot be read: {fault.strerror}", file=sys.stderr)
        return 1
    except PhotoError as fault:
        print(f"moonlit photo: {file}: {fault}", file=sys.stderr)
        return 1
    set_photo(npi, webp, photo_name(webp), actor=actor)
    print(f"Set, {len(webp):,} bytes. The pages show it from now on.")
    return 0
