"""Who is at the school, and who gets an account: typed tables and settings in, one verdict per candidate out. Pure.

``years`` which two matter · ``readiness`` whether the next one can be sent · ``dates`` whether they can be true · ``headers`` which columns must be there · ``copies`` several years' rows of one person, ``two_persons`` that are none · ``codes`` who is enrolled and who has left · ``bridge`` stamps at the year's end ·
``population`` who is sent, who is new ·
``courses`` whether they fit the grades · ``eligibility`` the reasons · ``logins`` what is one · ``names`` when two are the same · ``mailboxes`` whose one is · ``holders`` who has a login · ``counterparts`` of people on the portal · ``doubts`` about who somebody is: ``look_alikes``, ``another``, ``renumbered``, ``lost_links``, and ``identify``, which asks them in turn · ``verdicts`` on everybody · ``accounts`` of those who are granted one.
"""

from dayzero.people.accounts import student_fields
from dayzero.people.another import Births
from dayzero.people.bridge import Bridge
from dayzero.people.counterparts import Counterparts, counterparts_of
from dayzero.people.dates import require_plausible
from dayzero.people.doubts import ANOTHER_PERSON, DOUBTS, Answer, Decisions, Doubt, keys_of
from dayzero.people.eligibility import DUPLICATE_LOGIN, RULES, Rule, by_importance, remedy_of, rule_of, rules_for
from dayzero.people.headers import as_warning, missing_column
from dayzero.people.identify import Identity, Known, identify
from dayzero.people.logins import login_key
from dayzero.people.lost_links import KnownLinks
from dayzero.people.population import Population, populate, require_somebody
from dayzero.people.two_persons import two_persons
from dayzero.people.verdicts import Verdicts, facts, judge
from dayzero.people.years import Years, choose_years, year_turned

__all__ = [
    "ANOTHER_PERSON",
    "DOUBTS",
    "DUPLICATE_LOGIN",
    "RULES",
    "Answer",
    "Births",
    "Bridge",
    "Counterparts",
    "Decisions",
    "Doubt",
    "Identity",
    "Known",
    "KnownLinks",
    "Population",
    "Rule",
    "Verdicts",
    "Years",
    "as_warning",
    "by_importance",
    "choose_years",
    "counterparts_of",
    "facts",
    "identify",
    "judge",
    "keys_of",
    "login_key",
    "missing_column",
    "populate",
    "remedy_of",
    "require_plausible",
    "require_somebody",
    "rule_of",
    "rules_for",
    "student_fields",
    "two_persons",
    "year_turned",
]
