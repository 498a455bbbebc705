"""`python -m simulators.notifyre --port N --state-dir DIR`; token by --api-token or SIM_NOTIFYRE_API_TOKEN."""

import os

from simulators.common import arguments, serve
from simulators.notifyre.app import create_app


def main() -> None:
    parser = arguments("simulators.notifyre")
    parser.add_argument(
        "--api-token",
        default=os.environ.get("SIM_NOTIFYRE_API_TOKEN"),
        required="SIM_NOTIFYRE_API_TOKEN" not in os.environ,
        help="the token that every call must carry",
    )
    given = parser.parse_args()
    serve(create_app(given.state_dir, given.api_token), given.host, given.port)


if __name__ == "__main__":
    main()
