"""Takes the pictures of the README: the real application on its demo shop, in Chromium, light and dark, desk and phone.

python tools/screenshots.py            starts an installation of its own, takes the pictures, ends it
python tools/screenshots.py FOLDER     puts them somewhere else than docs/images
"""

from __future__ import annotations

import io
import os
import re
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tools import browser  # noqa: E402

PATIENCE = 180.0
"""Seconds for a first start: database, migrations, demo shop."""

DESK, PHONE = (1440, 900), (390, 844)
LIVE = '#live-chip[data-state="live"]'


@dataclass(frozen=True)
class Picture:
    """One file in docs/images: who looks at which page, how wide, in which theme.

    click   what is opened on the page before the picture is taken
    """

    name: str
    who: str
    path: str
    size: tuple[int, int] = DESK
    theme: str = "light"
    click: str | None = None


PICTURES = (
    Picture("list-light", "manager", "/products/"),
    Picture("list-dark", "manager", "/transfers/", theme="dark"),
    Picture("order-light", "manager", "/orders/", click="tbody tr:nth-child(2) a.cell-title"),
    Picture("phone-light", "frontdesk", "/appointments/", PHONE),
    Picture("phone-dark", "clerk", "/transfers/", PHONE, "dark"),
    Picture("permissions-light", "admin", "/permission-matrix/", click="main a:text-is('Clerk')"),
)


@contextmanager
def installation(folder: Path) -> Iterator[tuple[str, dict[str, tuple[str, str]]]]:
    """A running Backroom of its own, and its logins as {role: (e-mail, password)}."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    keep = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG")}
    environment = {**keep, "PORT": str(port), "VAR_DIR": str(folder / "var")}
    process = subprocess.Popen(
        [sys.executable, "-m", "app.launcher"], cwd=ROOT, env=environment, stdout=subprocess.DEVNULL
    )
    address = f"http://127.0.0.1:{port}"
    try:
        _wait(process, address)
        yield address, logins(folder / "var" / "demo-logins")
    finally:
        process.terminate()
        process.wait(60)


def _wait(process: subprocess.Popen[bytes], address: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise SystemExit(f"Backroom ended by itself ({process.returncode})")
        try:
            with urllib.request.urlopen(f"{address}/readyz", timeout=2) as answer:
                if answer.status == 200:
                    return
        except (OSError, urllib.error.URLError):
            time.sleep(0.3)
    raise SystemExit(f"Backroom did not start within {PATIENCE:g} s")


def logins(path: Path) -> dict[str, tuple[str, str]]:
    """The demo logins, the first of each role."""
    found: dict[str, tuple[str, str]] = {}
    for line in path.read_text().splitlines()[1:]:
        role, email, password, *_ = re.split(r"\s{2,}|\s+", line)
        found.setdefault(role, (email, password))
    return found


def take(chromium: Browser, address: str, known: dict[str, tuple[str, str]], picture: Picture) -> bytes:
    """One picture as PNG."""
    width, height = picture.size
    context = chromium.new_context(
        viewport={"width": width, "height": height},
        color_scheme=picture.theme,  # type: ignore[arg-type]
        device_scale_factor=2 if width < 500 else 1,
        reduced_motion="reduce",
        locale="en-GB",
        timezone_id="Europe/Dublin",
    )
    page = context.new_page()
    try:
        _sign_in(page, address, known[picture.who])
        _open(page, address + picture.path)
        if picture.click:
            page.click(picture.click)
            _settle(page)
        return page.screenshot()
    finally:
        context.close()


def _sign_in(page: Page, address: str, login: tuple[str, str]) -> None:
    page.goto(f"{address}/sign-in")
    page.fill("input[name=email]", login[0])
    page.fill("input[name=password]", login[1])
    page.press("input[name=password]", "Enter")
    page.wait_for_url(lambda url: "sign-in" not in url)


def _open(page: Page, url: str) -> None:
    answer = page.goto(url)
    if answer is None or not answer.ok:
        raise SystemExit(f"{url} answers {answer.status if answer else 'nothing'}")
    _settle(page)


def _settle(page: Page) -> None:
    """Wait for pictures and type, and until a live page says that it is live."""
    page.wait_for_load_state("load")
    page.evaluate("document.fonts.ready")
    if page.locator("table[data-live-entity]:not([data-live-part])").count():
        page.wait_for_selector(LIVE)
    page.wait_for_timeout(400)


def smaller(png: bytes) -> Image.Image:
    """The picture in 256 colours: a third of the bytes, and nobody sees a difference on flat surfaces."""
    return Image.open(io.BytesIO(png)).convert("RGB").quantize(256, dither=Image.Dither.NONE)


def main() -> int:
    """Take all of them."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs" / "images"
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as home, installation(Path(home)) as (address, known), sync_playwright() as play:
        chromium = play.chromium.launch(executable_path=str(browser.get()), args=browser.arguments())
        for picture in PICTURES:
            place = folder / f"{picture.name}.png"
            smaller(take(chromium, address, known, picture)).save(place, optimize=True)
            print(f"{place}  {place.stat().st_size // 1024} KB", flush=True)
        chromium.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
