"""The pages of `examples/host/`, under a policy that grants the widget's origin its two lines and nothing more."""

from pathlib import Path
from urllib.parse import urlsplit

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, JSONResponse, Response
from starlette.routing import Route

HOST_PAGES = Path(__file__).resolve().parents[2] / "examples" / "host"
PAGES = {"/": "index.html", "/button": "button.html", "/two": "two.html"}
STYLE = "clinic.css"


def create_app(widget: str) -> Starlette:
    """`widget` is where the booking pages are, such as http://127.0.0.1:8000."""
    parts = urlsplit(widget)
    origin = f"{parts.scheme}://{parts.netloc}"
    headers = {"Content-Security-Policy": policy(origin), "Cache-Control": "no-store"}

    async def page(request: Request) -> Response:
        text = (HOST_PAGES / PAGES[request.url.path]).read_text()
        return HTMLResponse(text.replace("https://book.example.org", origin), headers=headers)

    async def style(_: Request) -> Response:
        return FileResponse(HOST_PAGES / STYLE, media_type="text/css", headers=headers)

    async def health(_: Request) -> Response:
        return JSONResponse({"ok": True})

    return Starlette(
        routes=[
            *(Route(path, page) for path in PAGES),
            Route(f"/{STYLE}", style),
            Route("/_control/health", health),
        ]
    )


def policy(origin: str) -> str:
    """Of the clinic's site: the second and third line are what the widget needs."""
    return "; ".join(
        [
            "default-src 'none'",
            f"script-src {origin}",
            f"frame-src {origin}",
            "style-src 'self'",
            "img-src 'self' data:",
            "base-uri 'none'",
            "form-action 'none'",
        ]
    )
