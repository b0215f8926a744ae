"""What is to be changed on the portal, what is held, and why. Pure: the service opens files and asks the portal.

``gather`` who there is to decide about, ``decide`` the whole decision · ``changes`` accounts, ``records`` the rest, ``encoding`` their JSON · ``limits`` what is
too much, ``holds`` what is held, ``cascade`` what hangs on it, ``requests`` which course requests · ``reads`` whether a read can be true · ``rejections`` and ``drift`` what is not sent again · ``rekey`` people under new ids, ``decisions`` what was answered to doubts · ``model`` the plan, ``document`` its JSON,
``file`` the text of its file, ``stale`` whether it still fits · ``affected`` and ``explain`` look into it · ``undo`` the
inverse of a run.
"""

from dayzero.plan.decide import Decided, decide
from dayzero.plan.decisions import decisions_of_text, text_of_doubts
from dayzero.plan.document import plan_document, rejected_document, withheld_by_reason
from dayzero.plan.drift import still_kept
from dayzero.plan.explain import Explanation, explain
from dayzero.plan.file import plan_of_text, text_of_plan
from dayzero.plan.gather import Gathered, gather
from dayzero.plan.holds import let_go, mark_held, released, require_release
from dayzero.plan.limits import RECENT, Breach, recent_leavers
from dayzero.plan.model import Header, Plan
from dayzero.plan.reads import CUT_LINE, PARTIAL, ReadDoubt
from dayzero.plan.rejections import rejections_of
from dayzero.plan.rekey import IdMap
from dayzero.plan.requests import REQUEST_STATES, REQUESTS_SCHEMA, losing_next_year, losing_years, withdrawing
from dayzero.plan.stale import still_fitting
from dayzero.plan.undo import Undo, ended_year, undo

__all__ = [
    "CUT_LINE",
    "PARTIAL",
    "RECENT",
    "REQUESTS_SCHEMA",
    "REQUEST_STATES",
    "Breach",
    "Decided",
    "Explanation",
    "Gathered",
    "Header",
    "IdMap",
    "Plan",
    "ReadDoubt",
    "Undo",
    "decide",
    "decisions_of_text",
    "ended_year",
    "explain",
    "gather",
    "let_go",
    "losing_next_year",
    "losing_years",
    "mark_held",
    "plan_document",
    "plan_of_text",
    "recent_leavers",
    "rejected_document",
    "rejections_of",
    "released",
    "require_release",
    "still_fitting",
    "still_kept",
    "text_of_doubts",
    "text_of_plan",
    "undo",
    "withdrawing",
    "withheld_by_reason",
]
