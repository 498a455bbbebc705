"""The demo's example of a clinic's own site, on `localhost` where the widget is on `127.0.0.1`: truly another site."""

from moonlit.audit.actor import SYSTEM
from moonlit.cli import environment
from moonlit.cli.processes import Child, Children
from moonlit.platform.env import env

MODULE = "simulators.clinic_site"
PORT_OFFSET = 1
START_SECONDS = 30


def port() -> int:
    return environment.web_port() + PORT_OFFSET


def address() -> str:
    """Also its origin."""
    return f"http://localhost:{port()}"


def start(children: Children) -> Child:
    return children.start("host-page", "-m", MODULE, "--port", str(port()), "--widget", env().base_url)


def wait(children: Children, child: Child) -> None:
    """Returns when it answers. Raises StartError."""
    children.wait_until_it_answers(child, f"http://127.0.0.1:{port()}/_control/health", START_SECONDS)


def allow() -> None:
    """Enters its origin among those that may show the widget. Those of earlier ports stay: nobody else's are taken."""
    from moonlit.practice.services import allow_embedding

    allow_embedding(address(), actor=SYSTEM)
