"""Who is at the school, and who gets an account: typed tables and settings in, one verdict per candidate out. Pure.

``years`` which two matter · ``copies`` several years' rows of one person · ``codes`` who is enrolled and who has left · ``bridge`` stamps at the year's end ·
``population`` who is sent, who is new ·
``eligibility`` the reasons · ``logins`` who has a login · ``verdicts`` on everybody · ``accounts`` of those who are granted one.
"""

from dayzero.people.accounts import student_fields
from dayzero.people.bridge import Bridge
from dayzero.people.eligibility import DUPLICATE_LOGIN, RULES, Rule, remedy_of, rule_of, rules_for
from dayzero.people.logins import login_key
from dayzero.people.population import Population, populate, require_somebody
from dayzero.people.verdicts import Verdicts, facts, judge
from dayzero.people.years import Years, choose_years, year_turned

__all__ = [
    "DUPLICATE_LOGIN",
    "RULES",
    "Bridge",
    "Population",
    "Rule",
    "Verdicts",
    "Years",
    "choose_years",
    "facts",
    "judge",
    "login_key",
    "populate",
    "remedy_of",
    "require_somebody",
    "rule_of",
    "rules_for",
    "student_fields",
    "year_turned",
]
