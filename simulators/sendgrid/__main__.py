"""`python -m simulators.sendgrid --port N --state-dir DIR`; the key comes from SIM_SENDGRID_API_KEY or --api-key.

The private key that signs events comes from SIM_SENDGRID_SIGNING_KEY alone; without one a fresh pair is made.
"""

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
    parser.add_argument("--webhook", default="", help="address every event is posted to")
    given = parser.parse_args()
    signing_key = os.environ.get("SIM_SENDGRID_SIGNING_KEY", "")
    app = create_app(given.state_dir, given.api_key, webhook=given.webhook, signing_key=signing_key)
    serve(app, given.host, given.port)


if __name__ == "__main__":
    main()
