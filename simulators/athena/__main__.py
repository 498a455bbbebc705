"""`python -m simulators.athena --port N`: starts the simulator."""

import os
import sys

from simulators.athena.app import create_app
from simulators.athena.example import PRACTICE
from simulators.athena.seed import sow
from simulators.athena.state import Settings
from simulators.common import arguments, serve


def main() -> None:
    parser = arguments("python -m simulators.athena")
    parser.add_argument("--client-id", default=os.environ.get("SIM_ATHENA_CLIENT_ID"))
    parser.add_argument(
        "--client-secret", default=os.environ.get("SIM_ATHENA_CLIENT_SECRET"), help="better by environment"
    )
    parser.add_argument("--practice-id", default=os.environ.get("SIM_ATHENA_PRACTICE_ID", "195900"))
    parser.add_argument("--token-limit", type=int, help="tokens a minute (default 5)")
    parser.add_argument("--day-quota", type=int, help="calls a day (default 50000)")
    parser.add_argument("--quirks", choices=["mixed", "strings", "proper"], help="JSON types (default mixed)")
    parser.add_argument("--latency-ms", help="LOW-HIGH, a random delay of each call (default 0-0)")
    parser.add_argument("--webhook", help="address every change is pushed to")
    parser.add_argument(
        "--webhook-secret", default=os.environ.get("SIM_ATHENA_WEBHOOK_SECRET"), help="better by environment"
    )
    parser.add_argument("--example", action="store_true", help="load a small practice of its own")
    given = parser.parse_args()
    if not given.client_id or not given.client_secret:
        sys.exit(
            "athena simulator: client id and client secret are needed (SIM_ATHENA_CLIENT_ID, SIM_ATHENA_CLIENT_SECRET)"
        )
    knobs = {"token_limit": given.token_limit, "day_quota": given.day_quota, "quirks": given.quirks}
    if given.webhook:
        if not given.webhook_secret:
            sys.exit("athena simulator: --webhook needs a secret (SIM_ATHENA_WEBHOOK_SECRET)")
        knobs |= {"webhook": given.webhook, "webhook_secret": given.webhook_secret}
    if given.latency_ms:
        knobs["latency_ms"] = [int(part) for part in given.latency_ms.split("-")]
    app = create_app(
        Settings(
            client_id=given.client_id,
            client_secret=given.client_secret,
            practice_id=given.practice_id,
            state_dir=given.state_dir,
            knobs={name: value for name, value in knobs.items() if value is not None},
        )
    )
    if given.example:
        sow(app.state.world, PRACTICE)
    print(f"athena simulator: http://{given.host}:{given.port}/ (console), practice {given.practice_id}", flush=True)
    serve(app, given.host, given.port)


main()
