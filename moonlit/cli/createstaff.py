"""`moonlit createstaff`: the only way a first account comes into being; nobody can sign up."""

import argparse
import getpass
import sys

from moonlit.platform.policy import Role


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("email", help="the address they sign in with")
    parser.add_argument("--name", required=True)
    parser.add_argument("--role", required=True, choices=[role.value for role in Role])


def run(args: argparse.Namespace) -> int:
    from django.core.exceptions import ValidationError

    from moonlit.audit.actor import SYSTEM
    from moonlit.platform import clock
    from moonlit.staff.services import EmailTakenError, create_staff

    password = _password()
    try:
        made = create_staff(
            email=args.email,
            name=args.name,
            role=Role(args.role),
            password=password,
            actor=SYSTEM,
            now=clock.now(),
        )
    except ValidationError as fault:
        print("moonlit createstaff: " + " ".join(fault.messages), file=sys.stderr)
        return 1
    except EmailTakenError:
        print("moonlit createstaff: somebody already has this address", file=sys.stderr)
        return 1
    print(f"Account made for {made.email}. Put this second factor into an authenticator now; it is shown once:")
    print(made.otpauth_url)
    return 0


def _password() -> str:
    """Typed twice at a terminal, or the first line of standard input."""
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\n")
    password = getpass.getpass("Password (at least 12 characters): ")
    if getpass.getpass("Once more: ") != password:
        sys.exit("moonlit createstaff: the two differ")
    return password
