"""What is to be changed on the portal, what is held, and why. Pure: the service opens files and asks the portal.

``decide`` the whole decision · ``changes`` accounts, ``records`` the rest, ``encoding`` their JSON · ``limits`` what is
too much, ``holds`` what is held, ``cascade`` what hangs on it · ``rejections`` and ``drift`` what is not sent again · ``rekey`` people under new ids · ``model`` the plan, ``document`` its JSON,
``file`` the text of its file, ``stale`` whether it still fits · ``affected`` and ``explain`` look into it · ``undo`` the
inverse of a run.
"""

from dayzero.plan.cascade import losing_next_year
from dayzero.plan.decide import Decided, Gathered, decide, gather
from dayzero.plan.document import plan_document, rejected_document, withheld_by_reason
from dayzero.plan.explain import Explanation, explain
from dayzero.plan.file import plan_of_text, text_of_plan
from dayzero.plan.holds import let_go, mark_held, released, require_release
from dayzero.plan.limits import RECENT, Breach, recent_leavers
from dayzero.plan.model import Header, Plan
from dayzero.plan.rejections import rejections_of
from dayzero.plan.rekey import IdMap
from dayzero.plan.stale import still_fitting
from dayzero.plan.undo import Undo, ended_year, undo

__all__ = [
    "RECENT",
    "Breach",
    "Decided",
    "Explanation",
    "Gathered",
    "Header",
    "IdMap",
    "Plan",
    "Undo",
    "decide",
    "ended_year",
    "explain",
    "gather",
    "let_go",
    "losing_next_year",
    "mark_held",
    "plan_document",
    "plan_of_text",
    "recent_leavers",
    "rejected_document",
    "rejections_of",
    "released",
    "require_release",
    "still_fitting",
    "text_of_plan",
    "undo",
    "withheld_by_reason",
]
