"""`python -m simulators.sendgrid --port N --state-dir DIR`; the key comes from SIM_SENDGRID_API_KEY or --api-key."""

import os

from simulators.common import arguments, serve
from simulators.sendgrid.app import create_app


def main() -> None:
    parser = arguments("simulators.sendgrid")
    parser.add_argument(
        "--api-key",
        default=os.environ.get("SIM_SENDGRID_API_KEY"),
        required="SIM_SENDGRID_API_KEY" not in os.environ,
        help="the key that mail/send must be called with",
    )
    given = parser.parse_args()
    serve(create_app(given.state_dir, given.api_key), given.host, given.port)


if __name__ == "__main__":
    main()
