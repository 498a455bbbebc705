"""Which Chromium the browser tests drive: MOONLIT_TEST_BROWSER, else the system's, else Playwright's own.

`python -m tests.browser` starts it once and says which it is; when none starts, it fails with the command to run.
"""

import os
import shutil
import sys
from pathlib import Path
from typing import Any

from playwright.sync_api import Error, sync_playwright

SYSTEM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
MACOS = Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome")


def launch_options() -> dict[str, Any]:
    """For `playwright.chromium.launch(**launch_options())`. Root cannot use Chromium's sandbox."""
    found = os.environ.get("MOONLIT_TEST_BROWSER") or next(filter(None, map(shutil.which, SYSTEM_NAMES)), None)
    if not found and MACOS.exists():
        found = str(MACOS)
    sandbox = [] if os.getuid() else ["--no-sandbox"]
    return {"executable_path": found, "args": [*sandbox, "--disable-dev-shm-usage"], "headless": True}


def repair() -> str:
    """The one command that brings a browser to this machine."""
    if os.environ.get("MOONLIT_TEST_BROWSER"):
        return "unset MOONLIT_TEST_BROWSER, or let it name a Chromium that starts"
    if shutil.which("apt-get"):
        return ("" if os.getuid() == 0 else "sudo ") + "apt-get install -y chromium"
    return f"{sys.executable} -m playwright install chromium"


def main() -> int:
    options = launch_options()
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(**options)
            print(f"browser: {options['executable_path'] or 'of Playwright'}, version {browser.version}")
            browser.close()
    except Error:
        print(f"The browser tests need a Chromium and none starts here. Run:\n\n    {repair()}\n", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
