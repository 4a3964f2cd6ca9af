"""The kind of text that came: a pathologist's report, or a note of the ward, the theatre or another department.

A note quotes diagnoses that others made, asked about or ruled out, often years ago. Its sentences are no findings of a
specimen. The signs are headings and turns of phrase of dictated notes, and of reports after the layout that CAP's and
RCPath's data sets prescribe; the weights are our own.
"""

import re
from typing import Final, NamedTuple, get_args

from schemas.pathology import TextKind

PATHOLOGY: Final[TextKind] = "pathology report"
LEAST: Final = 5
"""Weight of signs from which a text is no pathology report, where there are more of them than signs of one."""
MOST_CHARACTERS: Final = 20_000
"""Characters in which signs are searched for; a text has told its kind by then."""


class _Sign(NamedTuple):
    kind: TextKind
    weight: int
    words: str


# fmt: off
_SIGNS: Final = (
    _Sign("pathology report", 5, r"(?:gross|macroscopic|microscopic) (?:description|examination|appearance"
                                 r"|findings) ?:"),
    _Sign("pathology report", 4, r"(?:macroscopy|microscopy|microscopic|gross|macroscopic|histology"
                                 r"|histopathology) ?:"),
    _Sign("pathology report", 4, r"(?:received|submitted) (?:fresh|fixed|unfixed|in formalin|in fixative)"
                                 r"|in (?:10 ?% )?(?:buffered )?formalin"),
    _Sign("pathology report", 3, r"(?:surgical|final) pathology|pathology report|histopathology report"
                                 r"|cytology report"),
    _Sign("pathology report", 3, r"final (?:pathologic\w* |histologic\w* |cytologic\w* )?diagnosis ?:"
                                 r"|(?:pathologic|histologic)\w* diagnosis ?:"),
    _Sign("pathology report", 3, r"specimens? ?(?:submitted|received|type|source|\(s\)|#?\d|[a-z])? ?:"),
    _Sign("pathology report", 3, r"cassettes?\b|entirely submitted|submitted entirely|in toto|all embedded"
                                 r"|blocks? [a-z]?\d"),
    _Sign("pathology report", 3, r"(?:sections|the (?:core )?biops(?:y|ies)|cores) (?:show|shows|reveal"
                                 r"|demonstrate|contain)\b"),
    _Sign("pathology report", 3, r"histologic(?:al)? (?:type|grade) ?:|synoptic|lymphovascular invasion"
                                 r"|perineural invasion"),
    _Sign("pathology report", 2, r"immunohistochem\w+|immunostain\w*|h ?& ?e\b|h-score|mitos[ie]s|mitotic"),
    _Sign("pathology report", 2, r"nottingham|gleason (?:score )?[345] ?\+ ?[345]|y?p[tn][0-4]"),
    _Sign("pathology report", 2, r"part ?#?\d ?[:.]|(?:^|[.:] )a\. [a-z ,']{3,60}(?:biops\w+|ectomy|excision"
                                 r"|resection)"),
    _Sign("pathology report", 2, r"(?:estrogen|oestrogen|progesterone) receptors? ?[:-]|her-?2(?:/neu)? ?[:-]"
                                 r"|mlh1|pd-l1"),
    _Sign("pathology report", 2, r"margins? ?(?:of resection |of excision )?(?:are|is|status|:)"),

    _Sign("operative note", 4, r"estimated blood loss|blood loss ?:|sponge(?:s)?(?:,| and) (?:needle|lap"
                               r"|instrument)"),
    _Sign("operative note", 4, r"prepped and draped|prepped in|draped in"),
    _Sign("operative note", 4, r"(?:taken|brought) (?:back )?to the (?:operating|operative|endoscopy"
                               r"|recovery)|operating (?:room|suite|table)"),
    _Sign("operative note", 4, r"patient tolerated|tolerated (?:the )?procedure|transferred to (?:the )?recovery"),
    _Sign("operative note", 3, r"an(?:a)?esthesia ?:|general (?:endotracheal )?an(?:a)?esthesia"
                               r"|local an(?:a)?esthe|conscious sedation|lidocaine"),
    _Sign("operative note", 3, r"(?:description|details?) of (?:the )?(?:procedure|operation)"
                               r"|(?:procedure|operation) in detail"
                               r"|(?:procedures?|operations?) performed ?:"),
    _Sign("operative note", 3, r"informed consent|consent was|risks(?:,| and) benefits"),
    _Sign("operative note", 3, r"incision was|was incised|electrocautery|bovie|vicryl|prolene|monocryl"
                               r"|sutures? (?:was|were)|trocar|hemostasis|haemostasis"),
    _Sign("operative note", 3, r"(?:scope|colonoscope|bronchoscope|endoscope|cystoscope) was|was (?:intubated"
                               r"|extubated)"),
    _Sign("operative note", 2, r"pre-? ?operative diagnos[ie]s ?:|post-? ?operative diagnos[ie]s ?:"
                               r"|indications? for (?:the )?(?:procedure|surgery|operation)"),
    _Sign("operative note", 2, r"complications? ?:|drains? ?:|assistant ?:|surgeon ?:"),

    _Sign("radiology report", 4, r"technique ?:|comparison ?:|compared (?:to|with) (?:the )?(?:prior"
                                 r"|previous) (?:study|exam|ct|mri|film)"),
    _Sign("radiology report", 4, r"(?:iv|intravenous|oral) contrast|without contrast|with contrast"
                                 r"|contrast (?:administration|material|enhanced)|gadolinium"),
    _Sign("radiology report", 4, r"(?:exam|examination|study|procedure) ?: ?(?:\w+ ){0,2}(?:ct|mri|mr|pet"
                                 r"|ultrasound|sonogram|x-?ray|mammogra\w+|radiograph\w*|bone scan|scan)\b"),
    _Sign("radiology report", 3, r"(?:axial|coronal|sagittal) (?:images|slices|views|t[12])|t[12][- ]weighted"
                                 r"|hounsfield|\bsuv\b|fdg|radiotracer"),
    _Sign("radiology report", 3, r"hypoechoic|echogenic|acoustic shadow\w*|doppler|attenuation|hypermetabolic"
                                 r"|lucenc(?:y|ies)|opacit(?:y|ies)|spiculated"),
    _Sign("radiology report", 3, r"(?:pa|ap) and lateral|two views|(?:cc|mlo|craniocaudal) views?"
                                 r"|no pleural effusion|pneumothorax|lungs are clear|cardiac silhouette"),
    _Sign("radiology report", 2, r"(?:ct|mri|mr|pet/ct|pet) (?:of|scan|chest|abdomen|brain|pelvis|head)"
                                 r"|ultrasound of|bi-?rads"),

    _Sign("discharge summary", 4, r"hospital course|course in (?:the )?hospital|brief course"),
    _Sign("discharge summary", 4, r"(?:date of )?(?:admission|discharge)(?: date| diagnos[ie]s| medications?"
                                  r"| instructions?| condition| disposition)? ?:|discharge summary"
                                  r"|discharged (?:home|to)"),
    _Sign("discharge summary", 3, r"was admitted|admitted (?:to|for|with)|on discharge|at discharge"
                                  r"|condition (?:on|at) discharge|disposition ?:"),

    _Sign("clinical note", 5, r"chief complaint|history of (?:the )?present(?:ing)? (?:illness|complaint)"
                              r"|\bhpi ?:|presenting complaint"),
    _Sign("clinical note", 5, r"review of systems|\bros ?:|heent|normocephalic|alert and oriented|no acute distress"),
    _Sign("clinical note", 4, r"physical exam\w*|on examination|vital signs|blood pressure|\bbp ?:?\d"
                              r"|afebrile|pulse ?(?:is|:)|respirations?"),
    _Sign("clinical note", 4, r"social history|past surgical history|(?:current |home )?medications? ?:"
                              r"|allergies ?:|drinks? alcohol|pack[- ]year"),
    _Sign("clinical note", 4, r"subjective ?:|objective ?:|assessment(?: and plan| & plan|/plan)? ?:"
                              r"|\bplan ?:|treatment plan"),
    _Sign("clinical note", 4, r"dear (?:dr|doctor|colleague|mr|ms|sir)|thank you for (?:asking|referring"
                              r"|allowing|your|the)|yours sincerely|kind regards"),
    _Sign("clinical note", 4, r"(?:he|she|patient|pt) (?:also )?(?:states?|denies|reports|complains"
                              r"|complained|presents|presented|returns|was seen|is seen|comes|came|feels)\b"),
    _Sign("clinical note", 4, r"\bi (?:saw|have|had|discussed|reviewed|examined|explained|would|will"
                              r"|recommend\w*|am|think|did|was|spoke|told)\b"),
    _Sign("clinical note", 3, r"reason for (?:consultation|visit|referral|admission)|consultation ?:"
                              r"|follow-?up (?:visit|appointment|in|with)|return to clinic"),
    _Sign("clinical note", 3, r"past medical history|\bmg (?:daily|po|p\.o|bid|b\.i\.d|iv|every|twice|once)"
                              r"|milligrams|p\.r\.n|q\.d"),
    _Sign("clinical note", 3, r"cycles? of (?:chemo\w*|adriamycin|taxol|carboplatin|folfox|ac\b)"
                              r"|chemotherapy (?:with|today)|radiation (?:oncology|to the)|tamoxifen|arimidex"),
    _Sign("clinical note", 2, r"(?:the|this) patient (?:is|was|has|had|will|would|did|does|and|should|may"
                              r"|went|underwent)\b"),
    _Sign("clinical note", 2, r"impression and plan|recommendations? ?:|we (?:discussed|will|recommend\w*"
                              r"|would|have)\b|\bfamily history ?:"),

    _Sign("autopsy report", 9, r"autopsy|cause of death|manner of death|decedent|post-?mortem|rigor mortis|livor"),
)
# fmt: on
_PATTERN: Final = re.compile(
    r"(?<![a-z])(?:" + "|".join(f"(?P<s{at}>{sign.words})" for at, sign in enumerate(_SIGNS)) + ")"
)


def kind_of(flat: str) -> TextKind:
    """Return the kind of a text in lower case; without signs of anything else it is taken for a pathology report."""
    seen = {str(found.lastgroup) for found in _PATTERN.finditer(flat, 0, MOST_CHARACTERS)}
    weights = dict.fromkeys(get_args(TextKind), 0)
    for at, sign in enumerate(_SIGNS):
        if f"s{at}" in seen:
            weights[sign.kind] += sign.weight
    of_report = weights.pop(PATHOLOGY)
    against = sum(weights.values())
    if against < LEAST or against <= of_report:
        return PATHOLOGY
    return max(weights, key=lambda kind: weights[kind])
