"""`moonlit migrate`: tables by Django's migrations, then the database roles and their rights."""

import argparse

LIMITS = "SET lock_timeout = '4s'; SET statement_timeout = '5s'"  # a migration gives way rather than block bookings


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--quiet", action="store_true", help="say nothing but faults")


def run(args: argparse.Namespace) -> int:
    from django.core.management import call_command
    from django.db import connection

    from moonlit.platform import roles

    with connection.cursor() as cursor:
        cursor.execute(LIMITS)
    call_command("migrate", interactive=False, verbosity=0 if args.quiet else 1)
    if roles.create():
        roles.grant()
        return 0
    print(
        f"This login may not make database roles. Ask the server's administrator to create {roles.APP} and "
        f"{roles.VIEWER} and grant them to it, then migrate again; or set MOONLIT_DATABASE_ROLE=none.",
    )
    return 1
