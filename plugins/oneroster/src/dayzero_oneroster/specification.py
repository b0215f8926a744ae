"""What OneRoster 1.1 and 1.2 say of the files this plugin reads, as data. Both versions: a column of either is known."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

__all__ = [
    "DATE_COLUMNS",
    "DECIDING",
    "FAMILY",
    "FILES",
    "KEYS",
    "NO_ROLES",
    "OPTIONAL",
    "OTHER_FILES",
    "REQUIRED",
    "REQUIRED_VALUES",
    "STAFF_ROLES",
    "SUMMER_TYPE",
    "TERM_TYPES",
    "YEAR_TYPES",
]

_BASE = ("sourcedId", "status", "dateLastModified")

_FILES: dict[str, tuple[str, ...]] = {
    "academicSessions": (*_BASE, "title", "type", "startDate", "endDate", "parentSourcedId", "schoolYear"),
    "orgs": (*_BASE, "name", "type", "identifier", "parentSourcedId"),
    "courses": (
        *(*_BASE, "schoolYearSourcedId", "title", "courseCode", "grades", "orgSourcedId", "subjects", "subjectCodes"),
    ),
    "classes": (
        *(*_BASE, "title", "grades", "courseSourcedId", "classCode", "classType", "location", "schoolSourcedId"),
        *("termSourcedIds", "subjects", "subjectCodes", "periods"),
    ),
    "enrollments": (
        *(*_BASE, "classSourcedId", "schoolSourcedId", "userSourcedId", "role", "primary", "beginDate", "endDate"),
    ),
    "users": (
        *(*_BASE, "enabledUser", "orgSourcedIds", "role", "username", "userIds", "givenName", "familyName"),
        *("middleName", "identifier", "email", "sms", "phone", "agentSourcedIds", "grades", "password"),
        *("userMasterIdentifier", "preferredGivenName", "preferredMiddleName", "preferredFamilyName"),
        *("primaryOrgSourcedId", "pronouns"),
    ),
    "roles": (
        *(*_BASE, "userSourcedId", "roleType", "role", "beginDate", "endDate", "orgSourcedId", "userProfileSourcedId"),
        *("sessionSourcedId", "grade", "isPrimary"),
    ),
    "userProfiles": (
        *(*_BASE, "userSourcedId", "profileType", "vendorId", "applicationId", "description", "credentialType"),
        *("username", "password"),
    ),
    "demographics": (
        *(*_BASE, "birthDate", "sex", "americanIndianOrAlaskaNative", "asian", "blackOrAfricanAmerican"),
        *("nativeHawaiianOrOtherPacificIslander", "white", "demographicRaceTwoOrMoreRaces"),
        *("hispanicOrLatinoEthnicity", "countryOfBirthCode", "stateOfBirthAbbreviation", "cityOfBirth"),
        "publicSchoolResidenceStatus",
    ),
    "relationships": ("userSourcedId", "relationshipUserSourcedId", "relationshipRole"),
}
FILES: Mapping[str, tuple[str, ...]] = MappingProxyType(_FILES)
"""Columns by file. ``relationships``, and the last three of ``roles``, are Microsoft School Data Sync's (v2.1)."""

OTHER_FILES = (
    "categories",
    "classResources",
    "courseResources",
    "lineItemLearningObjectiveIds",
    "lineItems",
    "lineItemScoreScales",
    "resources",
    "resultLearningObjectiveIds",
    "results",
    "resultScoreScales",
    "scoreScales",
    "userResources",
)
"""Files a manifest may name and dayzero has no use for."""

KEYS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    dict.fromkeys(_FILES, ("sourcedId",)) | {"relationships": ("userSourcedId", "relationshipUserSourcedId")}
)

REQUIRED: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "academicSessions": ("sourcedId", "startDate", "endDate"),
        "orgs": ("sourcedId",),
        "courses": ("sourcedId",),
        "classes": ("sourcedId",),
        "enrollments": ("userSourcedId",),
        "users": ("sourcedId", "givenName", "familyName"),
        "roles": ("userSourcedId", "role"),
        "userProfiles": ("userSourcedId",),
        "demographics": ("sourcedId",),
        "relationships": ("userSourcedId", "relationshipUserSourcedId"),
    }
)
"""Columns without which a file means nothing to dayzero."""

OPTIONAL = ("courses", "demographics", "orgs", "userProfiles")
"""Files that may be absent or useless without anybody's account being another one."""

REQUIRED_VALUES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "academicSessions": ("sourcedId",),
        "classes": ("sourcedId",),
        "enrollments": ("userSourcedId",),
        "users": ("sourcedId",),
        "roles": ("userSourcedId", "role"),
        "relationships": ("userSourcedId", "relationshipUserSourcedId"),
    }
)
"""Columns a row must have a value in, or nobody can tell whom or what it is about."""

DECIDING: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "academicSessions": ("status", "type", "startDate", "endDate", "parentSourcedId", "schoolYear"),
        "classes": ("status", "grades", "classType", "schoolSourcedId", "termSourcedIds", "courseSourcedId"),
        "enrollments": (
            *("status", "classSourcedId", "schoolSourcedId", "userSourcedId", "role", "beginDate", "endDate"),
        ),
        "users": (
            *("status", "enabledUser", "role", "username", "userIds", "givenName", "familyName", "identifier", "email"),
            *("agentSourcedIds", "grades", "orgSourcedIds"),
        ),
        "roles": ("status", "userSourcedId", "role", "beginDate", "endDate", "orgSourcedId"),
        "relationships": ("relationshipRole",),
    }
)
"""Columns that decide who has an account and what it says. One that is misspelt is no column to do without."""

DATE_COLUMNS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "academicSessions": ("startDate", "endDate"),
        "enrollments": ("beginDate", "endDate"),
        "roles": ("beginDate", "endDate"),
    }
)
"""Dates that are acted upon. ``dateLastModified`` is looked at only where deltas meet."""

YEAR_TYPES = ("schoolyear", "school year", "fullschoolyear", "full school year")

TERM_TYPES = ("term", "semester", "trimester", "quarter")
"""Sessions of which a year is made. The last two are none of the specification, and common."""

SUMMER_TYPE = "summerterm"
"""Common Education Data Standards: a term beside those the year is made of."""

STAFF_ROLES = (
    *("administrator", "aide", "counselor", "districtadministrator", "principal", "proctor", "siteadministrator"),
    *("systemadministrator", "teacher", "adjunct", "advisor", "affiliate", "assistant", "chair", "coach", "faculty"),
    *("instructor", "itadmin", "lecturer", "nurse", "occupationaltherapist", "officestaff", "paraprofessional"),
    *("physicaltherapist", "professor", "researcher", "specialservices", "speechtherapist", "staff", "substitute"),
    *("teacherassistant", "visiontherapist"),
)
"""Roles of people who work at a school, the specification's and School Data Sync's, in small letters: enums arrive in any case."""

NO_ROLES = ("other", "none", "user")
"""Words that stand where a role should and say nothing."""

FAMILY = (
    *("parent", "guardian", "relative", "mother", "father", "mom", "dad", "stepparent", "stepmother", "stepfather"),
    *("foster parent", "fosterparent", "foster mother", "foster father", "grandparent", "grandmother", "grandfather"),
    *("aunt", "uncle", "sibling", "sister", "brother"),
)
"""What somebody without any role may be to a student to count as a parent; a doctor, say, is none."""
