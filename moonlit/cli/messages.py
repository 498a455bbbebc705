"""`moonlit messages`: the words of pages and messages.

`update` and `check` keep the catalogue of the pages' translations in step with the source; `show` prints every e-mail
and text message with an example, and what the linter says of them.
"""

import argparse
import sys
from contextlib import ExitStack

from moonlit.cli import catalogue, environment
from moonlit.cli.catalogue_faults import faults


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "what",
        choices=["update", "check", "show"],
        help="update: take new texts in and lose gone ones; check: list the faults; show: print e-mails and texts",
    )


def run(args: argparse.Namespace) -> int:
    if args.what == "show":
        return show()
    wrong = 0
    for language in catalogue.LANGUAGES:
        if args.what == "update":
            texts = catalogue.texts_of(catalogue.update(language))
            print(f"{language}: {len(texts)} texts, {sum(not said(each) for each in texts)} without translation")
        else:
            found = faults(language)
            print("\n".join(f"{language}: {each}" for each in found), file=sys.stderr)
            wrong += len(found)
    catalogue.compile_all()
    return 1 if wrong else 0


def show() -> int:
    """Needs no database: nothing of a practice's is in it."""
    with ExitStack() as stack:
        environment.prepare("manage", stack, database=False, owner=False)  # as there: in a fresh checkout too
        from moonlit.cli.message_table import lines

        print("\n".join(lines()))
    return 0


def said(message: catalogue.Message) -> bool:
    """Whether every form of the text has a translation."""
    return all(message.string) if isinstance(message.string, (list, tuple)) else bool(message.string)
