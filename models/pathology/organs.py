"""The words for organs and procedures by which a specimen is named."""

import re
from typing import Final

LYMPH_NODE: Final = "lymph node"
SITES: Final = {
    "breast": "breast|breasts|mammary",
    "colorectum": "colon|colonic|colorectal|colorectum|rectum|rectal|rectosigmoid|sigmoid|cecum|caecum|cecal|caecal"
    "|hepatic flexure|splenic flexure|large bowel|hemicolectomy|colectomy",
    "lung": "lung|lungs|pulmonary|bronchus|bronchial|endobronchial|transbronchial",
    "prostate": "prostate|prostatic|prostatectomy",
    LYMPH_NODE: "lymph node|lymph nodes|sentinel node|sentinel nodes|axillary nodes|axillary contents",
}
OTHER_SITES: Final = {
    "skin": "skin|cutaneous|scalp",
    "kidney": "kidney|kidneys|renal|nephrectomy",
    "ovary": "ovary|ovaries|ovarian|oophorectomy|salpingo-oophorectomy|adnexa",
    "uterus": "uterus|uterine|endometrium|endometrial|cervix|hysterectomy|myometrium",
    "thyroid": "thyroid|thyroidectomy",
    "liver": "liver|hepatic",
    "stomach": "stomach|gastric|gastrectomy",
    "oesophagus": "esophagus|oesophagus|esophageal|oesophageal",
    "small bowel": "duodenum|duodenal|jejunum|ileum|small bowel",
    "pancreas": "pancreas|pancreatic",
    "bladder": "bladder|cystectomy",
    "testis": "testis|testicle|testicular|orchiectomy",
    "brain": "brain|cerebral|cerebellum",
    "bone": "bone marrow|bone|vertebra|femur",
    "head and neck": "tongue|larynx|tonsil|parotid|oral cavity",
    "pleura": "pleura|pleural",
    "peritoneum": "omentum|peritoneum|peritoneal|omental",
    "soft tissue": "soft tissue",
}
"""Organs whose tumours are not read in full. Their names keep what is found there from being taken for another's."""
PROCEDURES: Final = {
    "resection": "lumpectomy|mastectomy|excision|excisional biopsy|resection|colectomy|hemicolectomy|lobectomy"
    "|segmentectomy|wedge resection|prostatectomy|polypectomy|quadrantectomy|wide local excision|dissection"
    "|pneumonectomy|proctectomy|nephrectomy|hysterectomy|thyroidectomy|gastrectomy|cystectomy|oophorectomy|orchiectomy"
    "|turbt|turp|transurethral resection",
    "biopsy": "biopsy|biopsies|core biopsy|core biopsies|needle core|needle cores|core needle biopsy|fine needle"
    " aspiration|fna|punch biopsy|cores|brushings|aspirate|trucut|tru-cut|ebus|endobronchial ultrasound|ebus-tbna|tbna",
}


def _pattern(rows: dict[str, str]) -> tuple[re.Pattern[str], dict[str, str]]:
    values = {phrase: value for value, phrases in rows.items() for phrase in phrases.split("|")}
    phrases = "|".join(re.escape(phrase).replace(r"\ ", "[ -]") for phrase in sorted(values, key=len, reverse=True))
    return re.compile(rf"(?<![a-z])(?:{phrases})(?![a-z])(?! site)"), values


FIELDS: Final = {"site": _pattern(SITES), "procedure": _pattern(PROCEDURES)}

SIDES: Final = _pattern({"left": "left", "right": "right", "bilateral": "bilateral"})
ORGANS: Final = _pattern(SITES | OTHER_SITES)
_LESION: Final = re.compile(r"carcinoma|tumou?r|melanoma|lymphoma|malignan|metasta|adenoma|negative|positive|benign")


def names_specimen(words: str) -> bool:
    """Return whether words in lower case begin with an organ or a procedure, before any word for what was found."""
    found = _LESION.search(words)
    before = words[: found.start()] if found else words
    return any(pattern.search(before) for pattern, _ in (ORGANS, FIELDS["procedure"]))
