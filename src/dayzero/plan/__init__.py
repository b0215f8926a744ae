"""What is to be changed on the portal, what is held, and why. Pure: the service opens files and asks the portal.

``decide`` the whole decision · ``changes`` accounts, ``records`` the rest, ``encoding`` their JSON · ``limits`` what is
held · ``spared`` what is not sent again · ``rekey`` people under new ids · ``model`` the plan, ``document`` its JSON,
``file`` the text of its file · ``touched`` and ``explain`` look into it · ``undo`` the inverse of a run.
"""

from dayzero.plan.decide import Decision, Gathered, decide, gather, plan_header
from dayzero.plan.document import plan_document, rejected_document, withheld_by_reason
from dayzero.plan.explain import Explanation, explain
from dayzero.plan.file import plan_id_of, plan_of_text, text_of_plan
from dayzero.plan.limits import Breach, breaches, mark_held, released, require_release
from dayzero.plan.model import Header, Plan, bare_plan
from dayzero.plan.rekey import IdMap
from dayzero.plan.spared import rejections_of
from dayzero.plan.undo import inverse

__all__ = [
    "Breach",
    "Decision",
    "Explanation",
    "Gathered",
    "Header",
    "IdMap",
    "Plan",
    "bare_plan",
    "breaches",
    "decide",
    "explain",
    "gather",
    "inverse",
    "mark_held",
    "plan_document",
    "plan_header",
    "plan_id_of",
    "plan_of_text",
    "rejected_document",
    "rejections_of",
    "released",
    "require_release",
    "text_of_plan",
    "withheld_by_reason",
]
