"""Find Chromium, or install Debian's where this may be done; ``python tests/browser/chromium.py`` is what tox runs first."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys


def path() -> str | None:
    """Return where Chromium is, or None."""
    return shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


def main() -> int:
    """Install Chromium from Debian's packages; without it only CI fails."""
    if path() is None and shutil.which("apt-get") and os.geteuid() == 0:
        subprocess.run(["apt-get", "update", "-q"], check=False)
        subprocess.run(["apt-get", "install", "-y", "-q", "--no-install-recommends", "chromium"], check=False)
    if path() is None and os.environ.get("CI"):
        sys.stderr.write("No Chromium, and none can be installed.\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
