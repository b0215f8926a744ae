"""Parents, beside their child or in files of their own, and whose tick is portal access."""

from __future__ import annotations

from dayzero_csv.looking.columns import Columns, Group, columns_of
from dayzero_csv.looking.draft import Draft
from dayzero_csv.looking.seen import Seen
from dayzero_csv.looking.students import name_order
from dayzero_csv.names import NAME

__all__ = ["open_names", "place_links", "place_parents"]


def open_names(draft: Draft, columns: Columns) -> None:
    """Put a header such as `Mother` to its group once it is said what stands there."""
    means = {"full name": NAME, "family name": "family_name"}
    for header, group in columns.open_names.items():
        if "given_name" in group.columns:
            group.columns.setdefault("family_name", header)
            continue
        said = draft.looking.answers.get(f"name:{header}")
        if said in means:
            group.columns[means[said]] = header
        else:
            draft.ask(f"name:{header}", f"What stands in {header}?", (*means, "none"))


def place_parents(draft: Draft, columns: Columns, groups: list[Group]) -> None:
    """Map the groups of columns that parents have beside their child."""
    seen = columns.seen
    slots = [
        dict(g.columns) | ({"relation": f"={g.relation}"} if g.relation and "relation" not in g.columns else {})
        for g in groups
    ]
    rivals = columns.found.get("relationships.portal_access")
    candidates = rivals.all if rivals else []
    ticked = [s["portal_access"] for s in slots if "portal_access" in s]
    if not ticked or "portal_access" in draft.looking.answers:
        answer = _portal_access(draft, [], candidates)
        for slot in slots if answer else ():
            slot["portal_access"] = str(answer)
        ticked = ticked if answer is None else [answer] if not answer.startswith("=") else []
    household = columns.sure("contacts.household_id")
    for slot in slots if household else ():
        slot.setdefault("household_id", str(household))
    for called in (g.columns["given_name"] for g in groups if g.called):
        draft.note(f"{called} is taken as the parent's given name: {seen.file} has no other.")
    for number, slot in enumerate(slots, 1):
        for table in ("contacts", "relationships"):
            ours = {c: h for c, h in slot.items() if (c in ("relation", "portal_access")) == (table == "relationships")}
            draft.put(f"{table}[{number}]", ours)
    draft.ticks(seen, [t for t in ticked if t])
    draft.settings["flat"]["parents"] = slots
    name_order(draft, seen, draft.mapping["students"].get(NAME))


def _portal_access(draft: Draft, sure: list[str], candidates: list[str]) -> str | None:
    """Return the header of the tick, ``=yes`` or ``=no`` for all, or None while it is open: whose tick it is, is asked."""
    said = draft.looking.answers.get("portal_access")
    if said in candidates:
        return said
    if said is not None and said.lower() in ("yes", "no"):
        return f"={said.lower()}"
    if sure:
        return sure[0]
    about = f" These look like it: {', '.join(candidates)}." if candidates else ""
    asked = (
        f"Which parents may see their child in the portal: those ticked in a column, all (yes), or none (no)?{about}"
    )
    draft.ask("portal_access", asked, (*candidates, "yes", "no"))
    return None


def place_links(draft: Draft, seen: Seen, table: str) -> None:
    """Map a file of contacts, or one that says whose they are."""
    columns = columns_of(seen, "contacts")
    draft.slips(columns, "contacts")
    wanted = (
        ("given_name", "family_name", NAME, "primary_email", "household_id") if table == "contacts" else ("relation",)
    )
    ours: dict[str, str | None] = {c: draft.one(columns, table, c) for c in wanted}
    if table == "contacts" and not {"given_name", NAME} & {c for c, h in ours.items() if h}:
        ours["given_name"] = draft.one(columns, table, "preferred_name")
    ours["contact_id"] = _contact_id(draft, columns)
    if table == "relationships":
        ours["student_id"] = draft.identity(
            columns, "relationships.student_id", "contacts.student_id", "the student's id in the contacts file"
        )
    if table == "contacts" or not _is_said(draft):
        rivals = columns.found.get("relationships.portal_access")
        sure, candidates = (rivals.sure, rivals.all) if rivals else ([], [])
        answer = _portal_access(draft, sure if len(sure) == 1 else [], candidates)
        if answer and answer.startswith("="):
            draft.constants.setdefault("contacts", {})["portal_access"] = answer[1:]
        elif answer and (table == "relationships" or "relationships.student_id" not in columns.found):
            # A tick on a row that names the child is about that child.
            ours["portal_access"] = answer
            draft.ticks(seen, [answer], table)
    draft.put(table, ours)
    draft.own_file(table, seen)


def _is_said(draft: Draft) -> bool:
    """Say whether the contacts have a tick of their own already."""
    return "portal_access" in {**draft.mapping.get("contacts", {}), **draft.constants.get("contacts", {})}


def _contact_id(draft: Draft, columns: Columns) -> str | None:
    return draft.identity(columns, "contacts.contact_id", "contact_id", "the contact's stable id")
