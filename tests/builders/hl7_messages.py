"""HL7 v2 messages as senders write them, made from parts so that a test can change one."""

from stream.gateway.conventions import Conventions
from stream.gateway.persons import identity, pseudonym_of
from stream.gateway.segments import first, split

MONITOR_TIME = "20261121101500+0100"
SYSTOLIC = "OBX|1|NM|150021^MDC_PRESS_BLD_NONINV_SYS^MDC|1.0.1.1|118|266016^MDC_DIM_MMHG^MDC|||||R|||"
HEART_RATE = "OBX|2|NM|147842^MDC_ECG_HEART_RATE^MDC|1.5.1.1|92|264864^MDC_DIM_BEAT_PER_MIN^MDC|||||R|||"
PERSON = "PID|||700123^^^HOSPITAL^MR||DOE^JANE||19600229|F"


def message(
    *segments: str,
    kind: str = "ORU^R01^ORU_R01",
    control: str = "42",
    processing: str = "P",
    sent: str = "20261121101501+0100",
    more: str = "",
) -> bytes:
    """One message; `more` are the fields of its header from MSH-13 on."""
    header = f"MSH|^~\\&|MONITORS|WARD|WARDWATCH|HOSPITAL|{sent}||{kind}|{control}|{processing}|2.6{more}"
    return ("\r".join((header, *segments)) + "\r").encode()


def request(time: str = MONITOR_TIME, order: str = "order-1") -> str:
    return f"OBR|1||{order}|69965^MDC_DEV_MON_PHYSIO_MULTI_PARAM_MDS^MDC|||{time}"


def observed(
    *observations: str, person: str = PERSON, time: str = MONITOR_TIME, sent: str = "20261121101501+0100"
) -> bytes:
    return message(person, request(time), *observations, sent=sent)


def laboratory(code: str, value: str, unit: str, status: str = "F") -> str:
    return f"OBX|1|NM|{code}^^LN||{value}|{unit}|||||{status}"


def admission(trigger: str, *more: str, person: str = PERSON, zone: str = "+0100", bed: str = "MICU^3^B") -> bytes:
    event, sent = f"EVN||20261121100000{zone}", f"20261121100001{zone}"
    return message(event, person, f"PV1||I|{bed}", *more, kind=f"ADT^{trigger}", sent=sent)


def alert(*attributes: str, person: str = PERSON, phase: str = "start", time: str = MONITOR_TIME) -> bytes:
    """A monitor's alarm on a low SpO2, as IHE PCD-04 sends it."""
    return message(
        person,
        f"OBR|1|op-1^MON|3^MON^0001^EUI-64|196616^MDC_EVT_ALARM^MDC|||{time}" + "|" * 22 + "^2&MON&0001&EUI-64",
        "OBX|1||69965^MDC_DEV_MON_PHYSIO_MULTI_PARAM_MDS^MDC|1.0.0.0|||||||X|||||||Bed 3^^0001^EUI-64",
        f"OBX|2|ST|196674^MDC_EVT_LO_VAL_LT_LIM^MDC|1.1.0.1.1|SPO2 LOW|||L~PM~SP|||R|||{time}",
        "OBX|3|NM|150456^MDC_PULS_OXIM_SAT_O2^MDC|1.1.0.1.2|84|262688^MDC_DIM_PERCENT^MDC|90-100||||R",
        f"OBX|4|ST|68481^MDC_ATTR_EVENT_PHASE^MDC|1.1.0.1.3|{phase}||||||R",
        *attributes,
        kind="ORU^R40^ORU_R40",
        sent=time,
    )


def pseudonym_in(sent: bytes, conventions: Conventions) -> str:
    """Under which name the patient of a message is filed."""
    who = identity(first(split(sent.decode())[0].segments, "PID"), conventions)
    assert who is not None
    return pseudonym_of(who, conventions.key)
