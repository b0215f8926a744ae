"""Look for ``dayzero init``: is a folder or zip a OneRoster bundle, may an address be a service?"""

from __future__ import annotations

import zipfile
from pathlib import Path, PurePosixPath

from dayzero.plugin import Looking, Proposal, Question

__all__ = ["look"]

_ITS_OWN = ({"users.csv", "orgs.csv"}, {"users.csv", "academicsessions.csv"}, {"manifest.csv", "users.csv"})
"""Files that nothing else has together."""
_SECRETS = {"client_id": {"env": "DAYZERO_ONEROSTER_ID"}, "client_secret": {"env": "DAYZERO_ONEROSTER_SECRET"}}
_ASKED = Question(
    "portal_access",
    "Which parents may see their child in the portal? OneRoster has no tick: all of them, none, those in some roles, or those "
    "ticked in a yes/no column of users (`all` is taken).",
    ("all", "none", "role:guardian,parent"),
)


def look(looking: Looking) -> Proposal | None:
    """Return how a bundle or a service would be read, None for anything else."""
    if not looking.path:
        return None
    asked = () if "portal_access" in looking.answers else (_ASKED,)
    if looking.path.startswith(("http://", "https://")):
        settings = {"url": looking.path, **_SECRETS}
        note = "Put id and secret into the environment variables DAYZERO_ONEROSTER_ID and DAYZERO_ONEROSTER_SECRET."
        return Proposal("oneroster-service", settings, 0.6, questions=asked, notes=(note,))
    names = _names(Path(looking.path))
    if not any(own <= names for own in _ITS_OWN):
        return None
    return Proposal("oneroster", {"path": looking.path}, 0.98, questions=asked)


def _names(path: Path) -> set[str]:
    """Return the names of the files in a folder or zip, in small letters."""
    if path.is_dir():
        return {file.name.lower() for file in path.iterdir()}
    if path.is_file() and zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            return {PurePosixPath(name).name.lower() for name in archive.namelist()}
    return set()
