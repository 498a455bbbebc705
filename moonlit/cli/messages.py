"""`moonlit messages`: keeps the catalogue of translations in step with the source, and says what is wrong with it."""

import argparse
import sys

from moonlit.cli import catalogue
from moonlit.cli.catalogue_faults import faults


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "what", choices=["update", "check"], help="update: take new texts in and lose gone ones; check: list the faults"
    )


def run(args: argparse.Namespace) -> int:
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


def said(message: catalogue.Message) -> bool:
    """Whether every form of the text has a translation."""
    return all(message.string) if isinstance(message.string, (list, tuple)) else bool(message.string)
