"""Finds the Chromium that browser tests drive, and gets one where there is none.

python tools/browser.py            prints its path, or says what to do
python tools/browser.py --get      installs one first if need be
"""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
OWN = ROOT / ".browser"
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
MAC = Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome")
PACKAGE = "@sparticuz/chromium@153.0.0"  # carries the program itself, for x86_64 Linux (MIT)

# The package unpacks its browser into the temporary folder, and with this variable also the libraries it needs.
UNPACK = "import('@sparticuz/chromium').then(async m => console.log(await m.default.executablePath()))"
UNPACK_LIBRARIES = {"AWS_LAMBDA_JS_RUNTIME": "nodejs22.x"}

ARGUMENTS = (
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


class NoBrowser(Exception):
    """There is no Chromium; the message says how to get one."""


def find() -> Path:
    """The browser's program. Raises NoBrowser."""
    chosen = os.environ.get("CHROMIUM")
    if chosen:
        if shutil.which(chosen) is None:
            raise NoBrowser(f"CHROMIUM names {chosen}, which can't be run.")
        return Path(chosen)
    for name in NAMES:
        if place := shutil.which(name):
            return Path(place)
    for place in (MAC, OWN / "chromium.sh"):
        if place.exists():
            return place
    raise NoBrowser(
        "Browser tests need Chromium, and none was found. Install chromium or google-chrome, or name one: "
        "CHROMIUM=/path/to/chromium ./test. Without browser tests: ./test --fast"
    )


def arguments() -> list[str]:
    """What to start it with: nothing that talks to the outside; no sandbox for root, for whom it has none."""
    return [*ARGUMENTS, "--no-sandbox"] if os.geteuid() == 0 or find().parent == OWN else list(ARGUMENTS)


def get() -> Path:
    """The browser's program, installed now if there is none. Raises NoBrowser."""
    for install in (_from_debian, _from_npm):
        try:
            return find()
        except NoBrowser:
            if os.environ.get("CHROMIUM"):
                raise
            install()
    return find()


def _from_debian() -> None:
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        return
    print("Installing Debian's chromium …", file=sys.stderr, flush=True)
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (["apt-get", "update"], ["apt-get", "install", "-y", "--no-install-recommends", "chromium"]):
        done = subprocess.run(command, env=quiet, capture_output=True, text=True, check=False)
        if done.returncode:
            print(done.stderr.strip()[-500:], file=sys.stderr)


def _from_npm() -> None:
    npm, node = shutil.which("npm"), shutil.which("node")
    if npm is None or node is None or (platform.system(), platform.machine()) != ("Linux", "x86_64"):
        return
    print(f"Getting a Chromium from npm ({PACKAGE}) …", file=sys.stderr, flush=True)
    OWN.mkdir(exist_ok=True)
    options = ["--ignore-scripts", "--no-audit", "--no-fund", "--silent"]
    environment = {**os.environ, **UNPACK_LIBRARIES, "TMPDIR": str(OWN)}
    for command in ([npm, "install", "--prefix", str(OWN), *options, PACKAGE], [node, "-e", UNPACK]):
        done = subprocess.run(command, cwd=OWN, env=environment, capture_output=True, text=True, check=False)
        if done.returncode:
            print(done.stderr.strip()[-500:], file=sys.stderr)
            return
    start = OWN / "chromium.sh"
    start.write_text(
        "#!/bin/sh\n"
        'here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)\n'
        'LD_LIBRARY_PATH="$here/al2023/lib:$here${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}" '
        'FONTCONFIG_PATH="$here/fonts" exec "$here/chromium" "$@"\n'
    )
    start.chmod(0o755)


def main() -> int:
    """Print the browser's path."""
    try:
        print(get() if "--get" in sys.argv[1:] else find())
    except NoBrowser as problem:
        print(problem, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
