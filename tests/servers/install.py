"""Install the database servers that the tests start, from Debian's packages, where that is possible.

Run by `tox -e servers`. What cannot be had is said; the tests that need it are skipped by name.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

# A package's own service would start beside the servers of the tests; this level is one at which Debian starts none.
ENVIRONMENT = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "RUNLEVEL": "1"}


def missing() -> list[str]:
    """Return the packages whose server is not on this machine."""
    postgresql = shutil.which("initdb") or list(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    mariadb = shutil.which("mariadbd") or Path("/usr/sbin/mariadbd").is_file()
    return [name for name, there in (("postgresql", postgresql), ("mariadb-server", mariadb)) if not there]


def main() -> None:
    """Install what is missing, if this is root's Debian."""
    wanted = missing()
    if wanted and os.geteuid() == 0 and shutil.which("apt-get"):
        for command in (["update"], ["install", "--yes", "--no-install-recommends", *wanted]):
            subprocess.run(["apt-get", "-qq", *command], env=ENVIRONMENT, check=False, stdout=subprocess.DEVNULL)
    if still := missing():
        sys.stderr.write(f"Not on this machine: {', '.join(still)}. To run their tests: apt-get install them.\n")


if __name__ == "__main__":
    main()
