"""What is to be changed on the portal, what is held, and why. Pure: the service opens files and asks the portal.

``gather`` who there is to decide about, ``decide`` the whole decision · ``changes`` accounts, ``records`` the rest, ``encoding`` their JSON · ``limits`` what is
too much, ``holds`` what is held, ``cascade`` what hangs on it, ``requests`` which course requests · ``reads`` whether a read can be true · ``rejections`` and ``drift`` what is not sent again · ``rekey`` people under new ids, ``decisions`` what was answered to doubts · ``model`` the plan, ``names`` what its people are called, ``withheld`` who of them gets no account, ``document`` its JSON,
``file`` the text of its file, ``stale`` whether it still fits · ``affected`` and ``explain`` look into it · ``undo`` the
inverse of a run.
"""

from dayzero.plan.cascade import lost_years, years_by_role
from dayzero.plan.concerned import Concerned, concerned
from dayzero.plan.decide import Decided, decide
from dayzero.plan.decisions import decisions_of_text, text_of_doubts
from dayzero.plan.document import plan_document, rejected_document, waiting_document
from dayzero.plan.drift import still_kept
from dayzero.plan.encoding import newcomers_made
from dayzero.plan.explain import Explanation, explain
from dayzero.plan.file import plan_of_text, text_of_plan
from dayzero.plan.gather import Gathered, gather
from dayzero.plan.holds import let_go, mark_held, released, require_release
from dayzero.plan.limits import ADDED_UP, RECENT, Breach, Recent, looked_at, recent_leavers, recent_losses
from dayzero.plan.model import Header, Plan
from dayzero.plan.names import Names, names_made, names_of, names_on, names_told
from dayzero.plan.reads import CUT_LINE, PARTIAL, ReadDoubt
from dayzero.plan.rejections import rejections_of
from dayzero.plan.rekey import IdMap
from dayzero.plan.requests import REQUEST_STATES, REQUESTS_SCHEMA, losing_next_year, losing_years, withdrawing
from dayzero.plan.stale import still_fitting
from dayzero.plan.undo import Undo, ended_year, undo
from dayzero.plan.withheld import Withheld, csv_of_withheld, withheld_by_reason, withheld_groups

__all__ = [
    "ADDED_UP",
    "CUT_LINE",
    "PARTIAL",
    "RECENT",
    "REQUESTS_SCHEMA",
    "REQUEST_STATES",
    "Breach",
    "Concerned",
    "Decided",
    "Explanation",
    "Gathered",
    "Header",
    "IdMap",
    "Names",
    "Plan",
    "ReadDoubt",
    "Recent",
    "Undo",
    "Withheld",
    "concerned",
    "csv_of_withheld",
    "decide",
    "decisions_of_text",
    "ended_year",
    "explain",
    "gather",
    "let_go",
    "looked_at",
    "losing_next_year",
    "losing_years",
    "lost_years",
    "mark_held",
    "names_made",
    "names_of",
    "names_on",
    "names_told",
    "newcomers_made",
    "plan_document",
    "plan_of_text",
    "recent_leavers",
    "recent_losses",
    "rejected_document",
    "rejections_of",
    "released",
    "require_release",
    "still_fitting",
    "still_kept",
    "text_of_doubts",
    "text_of_plan",
    "undo",
    "waiting_document",
    "withdrawing",
    "withheld_by_reason",
    "withheld_groups",
    "years_by_role",
]
