"""What is answered: an OperationOutcome with an issue for each thing that is told, and what the door can do. Pure."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from importlib.metadata import version
from typing import Any, Final

from stream.fhir_door.translate import READERS
from stream.gateway.trouble import Trouble

MOST_ISSUES: Final = 200
"""Issues of one answer; our choice."""
# fmt: off
_TYPES: Final = {
    # HL7 table 0357 in the words of FHIR R4, value set issue-type
    "0": "informational", "100": "structure", "101": "required", "102": "value", "103": "code-invalid",
    "200": "not-supported", "201": "not-supported", "202": "business-rule", "205": "duplicate", "207": "processing",
}
# fmt: on
_SECURITY: Final = "http://terminology.hl7.org/CodeSystem/restful-security-service"
AWAY: Final = {"severity": "error", "code": "transient", "diagnostics": "the broker does not confirm; send it again"}


def issue(trouble: Trouble, *, is_refused: bool) -> dict[str, Any]:
    """One thing that is told."""
    severity = "information" if trouble.code == "0" else "warning"
    if trouble.weight == "fault" and trouble.code != "0" and is_refused:
        severity = "error"
    return {
        "severity": severity,
        "code": _TYPES.get(trouble.code, "processing"),
        "diagnostics": trouble.sentence,
        "expression": [trouble.where],
    }


def outcome(troubles: Iterable[Trouble], *, is_refused: bool = False) -> dict[str, Any]:
    """An OperationOutcome; where there is nothing to tell it says that all was taken."""
    return of_issues([issue(one, is_refused=is_refused) for one in troubles])


def gravest(issues: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """As many issues as an answer has room for, the gravest of them first."""
    ranks = {"error": 0, "warning": 1}
    return sorted(issues, key=lambda one: ranks.get(one["severity"], 2))[:MOST_ISSUES]


def of_issues(issues: Sequence[dict[str, Any]], left_out: int = 0) -> dict[str, Any]:
    """An OperationOutcome of the gravest issues; `left_out` is how many others there were before."""
    found = gravest(issues)
    left_out += len(issues) - len(found)
    if left_out:
        more = f"and {left_out} more of the same kinds"
        found = [*found, {"severity": "information", "code": "informational", "diagnostics": more}]
    fine = {"severity": "information", "code": "informational", "diagnostics": "all of it is taken"}
    return {"resourceType": "OperationOutcome", "issue": found or [fine]}


def capability(since: datetime, *, has_token: bool) -> dict[str, Any]:
    """The CapabilityStatement of the door: what may be sent, and that nothing can be read."""
    security = {"description": "a bearer token, or a client certificate (mutual TLS), as the site has set it"}
    service = {"coding": [{"system": _SECURITY, "code": "OAuth"}]}
    what = "There is no reading: what is taken becomes records of a stream. Each answer is an OperationOutcome."
    return {
        "resourceType": "CapabilityStatement",
        "status": "active",
        "date": since.isoformat(timespec="seconds"),
        "kind": "instance",
        "software": {"name": "Wardwatch", "version": version("wardwatch")},
        "implementation": {"description": "Wardwatch, FHIR R4 in. Not for clinical use."},
        "fhirVersion": "4.0.1",
        "format": ["json", "application/fhir+ndjson"],
        "rest": [
            {
                "mode": "server",
                "documentation": what,
                "security": security | ({"service": [service]} if has_token else {}),
                "resource": [
                    {"type": name, "interaction": [{"code": "create"}, {"code": "update"}], "updateCreate": True}
                    for name in sorted(READERS)
                ],
                "interaction": [{"code": "batch"}, {"code": "transaction"}],
            }
        ],
    }
