"""HL7 v2 orders of drugs and images as senders write them, and genetic results; made from parts.

The forms are those of public messages: the pharmacy's of HL7 chapter 4A.5 and of the tests of nHapi, HAPI and IBM's
hl7v2-fhir-converter, the images' of IHE RAD TF-2 (RAD-4) and of the tests of OpenMRS's radiology module, the genetic
results of PharmCAT's HL7 format and of the HL7 v2.5.1 Lab Results Interface (clinical genomics).
"""

from tests.builders.hl7_messages import PERSON, message

CLOPIDOGREL = "32968^clopidogrel^RXNORM"
GIVE = f"RXE|^^^20261121100000+0100|{CLOPIDOGREL}|75||mg^milligram^UCUM||||||||"
BY_MOUTH = "RXR|PO^Oral^HL70162"
DAILY = "TQ1|1||QD^Daily^HL70335||||20261121120000+0100|20261128120000+0100|R"
NUMBERS = "ORD-1^CPOE", "RX-9^PHARMACY"


def control(
    code: str = "NW",
    status: str = "",
    numbers: tuple[str, str] = NUMBERS,
    said: str = "20261121100000+0100",
    **more: str,
) -> str:
    """ORC; `more` are other fields by their number, as `f7`."""
    fields = dict.fromkeys(range(1, 16), "") | {1: code, 2: numbers[0], 3: numbers[1], 5: status, 9: said}
    fields |= {int(name.removeprefix("f")): value for name, value in more.items()}
    return "|".join(["ORC", *(fields[at] for at in sorted(fields))])


def encoded(*segments: str, person: str = PERSON, sent: str = "20261121101501+0100", kind: str = "RDE^O11") -> bytes:
    """A pharmacy's encoded order; without segments a new one of clopidogrel."""
    return message(person, *(segments or (control(), DAILY, GIVE, BY_MOUTH)), kind=kind, sent=sent)


def administered(
    drug: str = CLOPIDOGREL,
    time: str = "20261121100500+0100",
    completion: str = "CP",
    action: str = "",
    dose: str = "75",
) -> str:
    """RXA."""
    return f"RXA|0|1|{time}|{time}|{drug}|{dose}|mg|||||||||||||{completion}|{action}"


def imaged(*segments: str, kind: str = "ORM^O01^ORM_O01", person: str = PERSON) -> bytes:
    """An order of images; without segments one of a chest radiograph, as IHE's departments send it."""
    return message(person, "PV1||I|MICU^3^B", *(segments or (control(), CHEST, STUDY)), kind=kind)


def requested(
    procedure: str, section: str = "", site: str = "", accession: str = "", priority: str = "", timing: str = ""
) -> str:
    """OBR of an order."""
    fields = dict.fromkeys(range(1, 28), "") | {
        4: procedure,
        5: priority,
        15: site,
        18: accession,
        24: section,
        27: timing,
    }
    return "|".join(["OBR", *(fields[at] for at in sorted(fields))])


CHEST = requested("71046^XR CHEST 2 VIEWS^CPT", "DX", "^^^CHEST", "ACC-77", timing="1^^^20261121103000+0100^^S")
STUDY = "ZDS|1.2.826.0.1.3680043.8.498.1^^Application^DICOM"


def gene(symbol: str = "HGNC:2621^CYP2C19^HGNC", group: str = "1a") -> str:
    """OBX: the gene that was studied."""
    return f"OBX|1|CWE|48018-6^Gene studied [ID]^LN|{group}|{symbol}||||||F"


def genotype(alleles: str = "*2/*2", group: str = "1a") -> str:
    """OBX: the genotype's display name."""
    return f"OBX|2|ST|84413-4^Genotype display name^LN|{group}|{alleles}||||||F"


def phenotype(
    value: str = "LA9657-3^Poor metabolizer^LN", group: str = "1a", status: str = "F", code: str = "53040-2"
) -> str:
    """OBX: what the genotype means."""
    name = "Genetic variation's effect on drug metabolism"
    return f"OBX|3|CWE|{code}^{name}^LN|{group}|{value}||||||{status}||||||||||||PGX LAB"


def genetic(*observations: str, issued: str = "20261120160000+0100", status: str = "F", person: str = PERSON) -> bytes:
    """A genetic result; without observations that of a poor metabolizer of CYP2C19."""
    request = (
        f"OBR|1|ORD-7|GEN-7|51969-4^Genetic analysis report^LN|||20261119080000+0100|||||||||||||||{issued}|||{status}"
    )
    return message(person, request, *(observations or (gene(), genotype(), phenotype())))
