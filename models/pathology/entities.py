"""Vocabulary of lesions and their behaviour: breast, colon and rectum, lung, prostate.

Behaviour follows the code that WHO's classification of tumours and ICD-O-3.2 give (/0 benign, /1 uncertain, /2 in situ,
/3 malignant). Lesions that are not neoplasms are benign; those that NHS Breast Screening Publication 49 reports as B3
(lesion of uncertain malignant potential) are uncertain, and so is a suspicion that falls short of a diagnosis.
"""

import re
from typing import Final, NamedTuple


class Entity(NamedTuple):
    """A lesion: canonical name (empty where the words state only a behaviour), behaviour, and its spellings."""

    type: str
    behaviour: str
    phrases: str


# fmt: off
ENTITIES: Final[tuple[Entity, ...]] = (
    # Breast
    Entity("invasive carcinoma of no special type", "malignant",
           "invasive ductal carcinoma|infiltrating ductal carcinoma|invasive ductal (nst) carcinoma"
           "|carcinoma is of no special type|ductal (no special type) carcinoma|infiltrating duct carcinoma"
           "|invasive duct carcinoma"
           "|invasive carcinoma of no special type|invasive carcinoma no special type"
           "|invasive carcinoma, no special type"
           "|invasive breast carcinoma of no special type|invasive mammary carcinoma of no special type"
           "|invasive carcinoma nst"
           "|invasive carcinoma (nst|invasive carcinoma, nst|invasive breast carcinoma nst"
           "|invasive breast carcinoma, nst"
           "|ductal carcinoma, invasive|ductal carcinoma nos|invasive ductal adenocarcinoma|idc|ductal nst carcinoma"
           "|invasive mammary carcinoma nst|invasive mammary carcinoma, nst|invasive mammary carcinoma, no special type"
           "|invasive ductal breast carcinoma|invasive breast cancer of ductal type"
           "|infiltrating ductal breast carcinoma|invasive ductal cancer|invasive ductal breast cancer"
           "|infiltrating ductal cancer|invasive ductal carcinoma of no special type"
           "|invasive ductal carcinoma, nos|invasive mammary carcinoma, ductal type|invasive ductal ca"),
    Entity("invasive lobular carcinoma", "malignant",
           "invasive lobular breast cancer|invasive lobular cancer|invasive lobular carcinoma"
           "|infiltrating lobular carcinoma|lobular carcinoma, invasive|lobular invasive carcinoma|ilc"
           "|invasive lobular breast carcinoma|lobular carcinoma"),
    Entity("tubular carcinoma", "malignant", "tubular carcinoma"),
    Entity("mucinous carcinoma", "malignant", "mucinous (colloid) carcinoma|invasive mucinous adenocarcinoma"
                                              "|mucinous carcinoma|colloid carcinoma|mucinous adenocarcinoma"),
    Entity("metaplastic carcinoma", "malignant", "metaplastic carcinoma"),
    Entity("ductal carcinoma in situ", "in situ",
           "ductal carcinoma in situ|dcis|intraductal carcinoma of the breast|ductal intraepithelial neoplasia"
           "|non invasive ductal carcinoma|noninvasive ductal carcinoma|in situ ductal carcinoma"
           "|duct carcinoma in situ"),
    Entity("lobular carcinoma in situ", "in situ",
           "lobular carcinoma in situ|lcis|in situ lobular carcinoma|pleomorphic lcis"),
    Entity("atypical ductal hyperplasia", "uncertain", "atypical ductal hyperplasia"
                                                       "|atypical (intra)ductal hyperplasia"
                                                       "|atypical intraductal hyperplasia|adh"),
    Entity("atypical lobular hyperplasia", "uncertain", "atypical lobular hyperplasia|alh"),
    Entity("flat epithelial atypia", "uncertain", "flat epithelial atypia|fea"),
    Entity("radial scar", "uncertain", "radial scar|complex sclerosing lesion"),
    Entity("papilloma", "uncertain", "papilloma|intraductal papilloma|papillary lesion"),
    Entity("phyllodes tumour", "uncertain", "phyllodes tumour|phyllodes tumor|borderline phyllodes tumor"),
    Entity("fibroadenoma", "benign", "fibroadenoma|fibroadenomatoid change|fibro adenoma"),
    Entity("fibrocystic change", "benign", "fibrocystic change|fibrocystic disease|fibrocystic mastopathy"),
    Entity("usual ductal hyperplasia", "benign", "usual ductal hyperplasia|udh|usual type hyperplasia"
                                                 "|florid ductal hyperplasia"),
    Entity("sclerosing adenosis", "benign", "sclerosing adenosis"),
    Entity("fat necrosis", "benign", "fat necrosis"),
    # Colon and rectum
    Entity("adenocarcinoma", "malignant",
           "adenocarcinoma|invasive adenocarcinoma|colonic adenocarcinoma|colorectal adenocarcinoma"
           "|rectal adenocarcinoma"
           "|infiltrating adenocarcinoma|adenocarcinoma, nos|adenoca|colorectal carcinoma|colonic carcinoma"
           "|rectal carcinoma"),
    Entity("signet ring cell carcinoma", "malignant", "signet ring cell carcinoma|signet ring carcinoma"
                                                      "|signet ring cell adenocarcinoma"),
    Entity("medullary carcinoma", "malignant", "medullary carcinoma"),
    Entity("tubular adenoma", "benign", "tubular adenoma|tubular adenomatous polyp"),
    Entity("tubulovillous adenoma", "benign", "tubulovillous adenoma|tubulo villous adenoma|villotubular adenoma"
                                              "|adenoma with tubulovillous architecture"),
    Entity("villous adenoma", "benign", "villous adenoma"),
    Entity("sessile serrated lesion", "benign", "sessile serrated lesion|sessile serrated adenoma"
                                                "|sessile serrated polyp"
                                                "|sessile serrated adenoma/polyp"),
    Entity("hyperplastic polyp", "benign", "hyperplastic polyp|polyp of hyperplastic type"),
    # Lung
    Entity("squamous cell carcinoma", "malignant", "non keratinizing squamous cell carcinoma"
                                                   "|non keratinising squamous cell carcinoma"
                                                   "|squamous cell lung cancer|squamous cell cancer"
                                                   "|squamous cell lung carcinoma|squamous cell carcinoma"
                                                   "|squamous carcinoma"
                                                   "|keratinizing squamous cell carcinoma"
                                                   "|keratinising squamous cell carcinoma"),
    Entity("small cell carcinoma", "malignant", "small cell neuroendocrine carcinoma|small cell carcinoma"
                                                "|small cell lung carcinoma"
                                                "|small cell lung cancer|sclc"),
    Entity("non-small cell carcinoma", "malignant", "non small cell carcinoma|non small cell lung carcinoma|nsclc"
                                                    "|non small cell lung cancer"),
    Entity("large cell neuroendocrine carcinoma", "malignant", "large cell neuroendocrine carcinoma|lcnec"),
    Entity("carcinoid tumour", "malignant", "typical carcinoid|atypical carcinoid|carcinoid tumor|carcinoid tumour"
                                            "|carcinoid"),
    Entity("adenocarcinoma in situ", "in situ", "adenocarcinoma in situ"),
    Entity("hamartoma", "benign", "hamartoma|chondroid hamartoma|pulmonary hamartoma"),
    Entity("granulomatous inflammation", "benign", "non necrotising granulomatous inflammation"
                                                   "|non necrotizing granulomatous inflammation"
                                                   "|granulomatous inflammation|necrotizing granuloma"
                                                   "|necrotising granuloma"
                                                   "|granulomatous disease"),
    # Prostate
    Entity("acinar adenocarcinoma", "malignant",
           "acinar adenocarcinoma|prostatic adenocarcinoma|adenocarcinoma of the prostate"
           "|adenocarcinoma of prostate|prostate adenocarcinoma"
           "|prostatic acinar adenocarcinoma|prostatic adenocarcinoma, acinar type|prostatic carcinoma"
           "|prostatic acinar carcinoma|acinar carcinoma|prostate cancer, acinar type|prostate carcinoma"
           "|prostate cancer|prostatic cancer"),
    Entity("intraductal carcinoma of the prostate", "in situ", "intraductal carcinoma"
                                                               "|intraductal carcinoma of the prostate|idc p"),
    Entity("high-grade prostatic intraepithelial neoplasia", "in situ",
           "high grade prostatic intraepithelial neoplasia|prostatic intraepithelial neoplasia|high grade pin"
           "|prostatic intraepithelial neoplasia, high grade|hgpin"),
    Entity("atypical small acinar proliferation", "uncertain", "atypical small acinar proliferation"
                                                               "|small acinar proliferation with atypia|asap"),
    Entity("nodular hyperplasia", "benign", "benign prostatic hyperplasia|nodular prostatic hyperplasia"
                                            "|nodular hyperplasia|bph"
                                            "|glandular and stromal hyperplasia"),
    # Words that state a behaviour and no type
    Entity("", "malignant", "carcinoma|malignancy|malignant|malignant cell|malignant tumor|malignant tumour"
                            "|invasive carcinoma|cancer"
                            "|malignant neoplasm|invasive mammary carcinoma|invasive breast carcinoma"
                            "|infiltrating carcinoma"
                            "|metastatic carcinoma|metastatic adenocarcinoma|sarcoma|lymphoma|melanoma"
                            "|neuroendocrine carcinoma"
                            "|metastasis|metastases|invasive malignancy|metastatic disease|metastatic tumor"
                            "|metastatic tumour"
                            "|invasive cancer|breast carcinoma|breast cancer|carcinoma of the breast"),
    Entity("", "in situ", "carcinoma in situ|in situ carcinoma|in situ malignancy|non invasive carcinoma"
                          "|noninvasive carcinoma"),
    Entity("", "uncertain", "atypical cell|atypical gland|atypical epithelial proliferation|atypical proliferation"
                            "|uncertain malignant potential|indeterminate for malignancy"
                            "|papillary lesion with atypia|atypical epithelial cell"),
    Entity("", "benign", "benign|normal breast tissue|normal colonic mucosa|normal lung parenchyma|chronic inflammation"
                         "|organizing pneumonia|organising pneumonia"),
)
# fmt: on
BY_PHRASE: Final = {phrase: entity for entity in ENTITIES for phrase in entity.phrases.split("|")}
PATTERN: Final = re.compile(
    r"(?<![a-z0-9])(?:"
    + "|".join(re.escape(phrase).replace(r"\ ", "[ -]") for phrase in sorted(BY_PHRASE, key=len, reverse=True))
    + r")s?(?![a-z0-9])"
)


def entity_of(words: str) -> Entity:
    """Return the lesion that a match of PATTERN names."""
    plain = words.replace("-", " ")
    return BY_PHRASE[plain] if plain in BY_PHRASE else BY_PHRASE[plain.removesuffix("s")]
