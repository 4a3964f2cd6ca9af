"""The services that are offered, by hook, and what a record system is asked to send along (prefetch templates)."""

from collections.abc import Mapping
from typing import Any, Final, Literal, NamedTuple

Hook = Literal["patient-view", "order-select", "order-sign"]

_OF: Final = "patient={{context.patientId}}"
RESULTS: Final = (
    *("2160-0", "14682-9"),  # creatinine
    *("2823-3", "6298-4"),  # potassium
    *("777-3", "26515-7"),  # platelets
    *("2518-9", "32693-4", "2524-7", "14118-4"),  # lactate
)
"""LOINC codes of the results that rules look at, those alone: no more is asked for than is needed. A test holds them to
the rules and to the codes that are read (stream/gateway/profiles/loinc.toml)."""
PREFETCH: Final[Mapping[str, str]] = {
    # FHIR R4 searches, of the subset that CDS Hooks 2.0 recommends for prefetch: equality of tokens, _count, _sort.
    "patient": "Patient/{{context.patientId}}",
    "allergies": f"AllergyIntolerance?{_OF}",
    "medications": f"MedicationRequest?{_OF}&status=active",
    "labs": f"Observation?{_OF}&code={','.join(f'http://loinc.org|{one}' for one in RESULTS)}&_sort=-date&_count=40",
    "weight": f"Observation?{_OF}&code=http://loinc.org|29463-7&_sort=-date&_count=1",
    # Genomics Reporting marks its observations so (HL7 table 0074, GE).
    "genomics": f"Observation?{_OF}&category=http://terminology.hl7.org/CodeSystem/v2-0074|GE&_count=100",
}
PATIENT: Final = "patient"
"""The key without which nobody's record here can be found."""


class Service(NamedTuple):
    """One service of the discovery."""

    id: str
    hook: Hook
    title: str
    description: str

    @property
    def is_of_orders(self) -> bool:
        """Whether the hook's context brings draft orders."""
        return self.hook != "patient-view"


_ORDERS: Final = (
    "Says of each draft order of a drug what speaks against it (genotype, allergy, kidney function, results, "
    "pregnancy, interactions, duplicates), and what could not be checked. Proposals, never orders; not for clinical "
    "use."
)
SERVICES: Final[Mapping[str, Service]] = {
    one.id: one
    for one in (
        Service(
            "wardwatch-patient-view",
            "patient-view",
            "Wardwatch: open proposals",
            "Shows what the rules propose for the patient now, the most urgent first, with source and what to check. "
            "Proposals, never orders; not for clinical use.",
        ),
        Service("wardwatch-order-select", "order-select", "Wardwatch: checks of selected orders", _ORDERS),
        Service("wardwatch-order-sign", "order-sign", "Wardwatch: checks before signing", _ORDERS),
    )
}


def discovery() -> dict[str, Any]:
    """What GET /cds-services answers."""
    return {"services": [one._asdict() | {"prefetch": dict(PREFETCH)} for one in SERVICES.values()]}
