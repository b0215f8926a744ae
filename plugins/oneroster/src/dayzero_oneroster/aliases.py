"""Other names under which columns come: OneRoster 1.0's, School Data Sync's, and those of exports that took the names of JSON."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

__all__ = ["ALIASES"]

_PARENT = {"parent": "parentSourcedId", "parentId": "parentSourcedId", "parentSourceId": "parentSourcedId"}
_SCHOOL = dict.fromkeys(("school", "schoolId", "orgSourcedId", "schoolSourceId"), "schoolSourcedId")
_USER = dict.fromkeys(("user", "userId", "userSourceId"), "userSourcedId")
_GRADES = dict.fromkeys(("grade", "gradeLevel", "gradeLevels"), "grades")

_NAMES: dict[str, dict[str, str]] = {
    "academicSessions": {
        **_PARENT, "sessionType": "type", "beginDate": "startDate", "name": "title", "schoolYearEnd": "schoolYear",
    },
    "orgs": {**_PARENT, "orgType": "type", "title": "name"},
    "courses": {
        **_GRADES, **dict.fromkeys(("schoolYear", "schoolYearId"), "schoolYearSourcedId"),
        **dict.fromkeys(("org", "orgId", "schoolSourcedId"), "orgSourcedId"), "code": "courseCode", "subject": "subjects",
    },
    "classes": {
        **_GRADES, **_SCHOOL, **dict.fromkeys(("course", "courseId"), "courseSourcedId"), "type": "classType",
        **dict.fromkeys(
            ("terms", "term", "termId", "termIds", "termSourcedId", "sessionSourcedIds", "sessionSourcedId",
             "academicSessionSourcedIds"), "termSourcedIds",
        ),
        "code": "classCode", "subject": "subjects", "period": "periods",
    },
    "enrollments": {
        **_SCHOOL, **_USER, **dict.fromkeys(("class", "classId"), "classSourcedId"), "startDate": "beginDate",
        "stopDate": "endDate",
    },
    "users": {
        **_GRADES, "userId": "userIds", "enabled": "enabledUser",
        **dict.fromkeys(("agents", "agent", "agentIds", "agentSourcedId"), "agentSourcedIds"),
        **dict.fromkeys(("orgs", "org", "orgIds", "orgSourcedId", "schoolSourcedId", "schoolSourcedIds"), "orgSourcedIds"),
        "firstName": "givenName",
        "lastName": "familyName",
        **dict.fromkeys(("emailAddress", "mail"), "email"), "preferredFirstName": "preferredGivenName",
        "preferredLastName": "preferredFamilyName", "primaryOrg": "primaryOrgSourcedId",
    },
    "roles": {
        **_USER, **dict.fromkeys(("org", "orgId", "orgSourcedIds", "schoolSourcedId"), "orgSourcedId"),
        **dict.fromkeys(("roleStartDate", "startDate"), "beginDate"), "roleEndDate": "endDate",
        **dict.fromkeys(("session", "sessionId", "sessionSourcedIds"), "sessionSourcedId"),
        **dict.fromkeys(("grades", "gradeLevel"), "grade"),
    },
    "userProfiles": dict(_USER),
    "demographics": {
        **dict.fromkeys(("userSourcedId", "user", "userId"), "sourcedId"),
        **dict.fromkeys(("birthday", "dateOfBirth", "dob"), "birthDate"),
    },
    "relationships": {
        **_USER, **dict.fromkeys(("student", "studentId", "studentSourcedId"), "userSourcedId"),
        **dict.fromkeys(
            ("relationshipUserId", "agentSourcedId", "agent", "contactSourcedId", "guardianSourcedId"),
            "relationshipUserSourcedId",
        ),
        **dict.fromkeys(("role", "relationship", "relation"), "relationshipRole"),
    },
}  # fmt: skip

ALIASES: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        file: MappingProxyType({name.casefold(): column for name, column in names.items()})
        for file, names in _NAMES.items()
    }
)
"""By file: another name, in small letters, and the column it stands for where that is not there itself."""
