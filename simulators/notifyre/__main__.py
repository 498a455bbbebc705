"""`python -m simulators.notifyre --port N --state-dir DIR`; token by --api-token or SIM_NOTIFYRE_API_TOKEN.

The secret that signs webhooks comes from SIM_NOTIFYRE_WEBHOOK_SECRET alone.
"""

import os
import sys

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
    parser.add_argument("--webhook", default="", help="address that is told what became of texts, and every reply")
    given = parser.parse_args()
    secret = os.environ.get("SIM_NOTIFYRE_WEBHOOK_SECRET", "")
    if given.webhook and not secret:
        sys.exit("notifyre simulator: --webhook needs a secret (SIM_NOTIFYRE_WEBHOOK_SECRET)")
    app = create_app(given.state_dir, given.api_token, webhook=given.webhook, webhook_secret=secret)
    serve(app, given.host, given.port)


if __name__ == "__main__":
    main()
