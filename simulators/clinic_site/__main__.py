"""`python -m simulators.clinic_site --port N --widget http://127.0.0.1:8000`; open it as http://localhost:N/."""

import argparse

from simulators.clinic_site.app import create_app
from simulators.common import serve


def main() -> None:
    parser = argparse.ArgumentParser(prog="simulators.clinic_site")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--widget", required=True, help="where the booking pages are")
    given = parser.parse_args()
    serve(create_app(given.widget), given.host, given.port)


if __name__ == "__main__":
    main()
