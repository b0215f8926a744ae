"""The commented ``dayzero.toml`` that ``dayzero init`` writes."""

from __future__ import annotations

import json
from collections.abc import Mapping

__all__ = ["starter"]


def starter(plugin: str, settings: Mapping[str, str], *, school_id: str, school_name: str, portal_url: str) -> str:
    """Return a commented ``dayzero.toml`` for ``dayzero init``."""
    lines = "\n".join(f"{key} = {_quoted(value)}" for key, value in settings.items())
    return _STARTER.format(
        plugin=_quoted(plugin), lines=lines, id=_quoted(school_id), name=_quoted(school_name), url=_quoted(portal_url)
    )


def _quoted(text: str) -> str:
    return text if text.isdecimal() or text in ("true", "false") else json.dumps(text, ensure_ascii=False)


_STARTER = """\
[school]
id = {id}                     # also the id on the portal
name = {name}

[source]
plugin = {plugin}
{lines}

[portal]
url = {url}
token = {{ env = "DAYZERO_TOKEN" }}    # or {{ file = "token.txt" }}; never the token itself

[sync]
send_scheduling_year = false         # change it with: dayzero settings send-scheduling-year yes
student_login = "email"              # a column of students; or a list, the first non-empty one wins
entry_codes = ["E"]                  # on Day 0 of the scheduling year they mark newcomers
withdrawal_codes = ["W"]
drift = "repair"                     # what others changed on the portal: "repair" or "keep"
shared_parent_login = "first"        # two parents, one mailbox: "first" or "withhold"

[limits]                             # a count, a percentage of the accounts there are, or "none"
create = "100%"
update = "25%"
disable = "10%"
shrink = "25%"                       # a people table that lost more rows since the last sync disables nobody
rekey = "2%"                         # more people than that under new ids: held, with an id map to accept
from_accounts = 100                  # below so many accounts percentages are taken of this number
on_breach = "hold"                   # hold: keep back what breaks the limit; stop: send nothing

[state]
path = ".dayzero"                    # journal: history of runs
"""
