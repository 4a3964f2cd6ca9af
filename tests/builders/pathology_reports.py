"""Reports in the styles that pathologists write, made up for these tests, and what each of them states.

What is stated is a line each: the specimen's letter where there are several, the name, the value, and "?" where the
report leaves it open. "!" names what contradicts itself. Nobody real is behind a report.
"""

from typing import Final, NamedTuple


class Report(NamedTuple):
    """A report and everything that a reader has to find in it, no more and no less."""

    text: str
    states: str


REPORTS: Final[dict[str, Report]] = {
    "two specimens in capitals": Report(
        """SPECIMENS: A. LEFT BREAST CORE BIOPSY B. LEFT AXILLARY LYMPH NODE CORE BIOPSY
FINAL DIAGNOSIS:
A. BREAST, LEFT, 2 O'CLOCK, CORE BIOPSY:
   - INVASIVE DUCTAL CARCINOMA, NOTTINGHAM GRADE 2 (3+2+2=7/9)
   - ER POSITIVE (95%), PR POSITIVE (40%), HER2 EQUIVOCAL (2+)
   - NO LYMPHOVASCULAR INVASION IDENTIFIED
B. LYMPH NODE, LEFT AXILLA, CORE BIOPSY:
   - NEGATIVE FOR METASTATIC CARCINOMA
""",
        """A site breast
        A laterality left
        A procedure biopsy
        A behaviour malignant
        A histology invasive carcinoma of no special type
        A grade 2
        A lymphovascular_invasion absent
        A er positive
        A er_percent 95
        A pr positive
        A pr_percent 40
        A her2 equivocal
        A her2_ihc 2+
        B site lymph node
        B laterality left
        B procedure biopsy
        B behaviour benign""",
    ),
    "synoptic breast resection": Report(
        """SYNOPTIC REPORT
Procedure: Partial mastectomy
Specimen Laterality: Right breast
Histologic Type: Invasive lobular carcinoma
Histologic Grade (Nottingham Histologic Score):
  Glandular (Acinar)/Tubular Differentiation: Score 3
  Nuclear Pleomorphism: Score 2
  Mitotic Rate: Score 1
  Overall Grade: Grade 2
Ductal Carcinoma In Situ (DCIS): Not identified
Lymphovascular Invasion: Not identified
Margins: All margins negative for invasive carcinoma
Regional Lymph Nodes: All regional lymph nodes negative for tumor
pT Category: pT1c
pN Category: pN0(sn)
""",
        """site breast
        laterality right
        procedure resection
        behaviour malignant
        histology invasive lobular carcinoma
        grade 2
        lymphovascular_invasion absent
        margins clear
        pt pT1c
        pn pN0(sn)""",
    ),
    "what was asked is no finding": Report(
        """Clinical information: 58-year-old woman. Family history of breast cancer. Known DCIS right breast 2015,
ER positive. Screening mass, BI-RADS 5, suspicious for invasive carcinoma.
Macroscopy: Four cores up to 14 mm.
Microscopy: The cores show fibroadenoma. There is no atypia and no malignancy.
Conclusion: Left breast core biopsy - fibroadenoma (B2).
""",
        """site breast
        laterality left
        procedure biopsy
        behaviour benign
        histology fibroadenoma""",
    ),
    "an addendum brings what was pending": Report(
        """Diagnosis: Breast, right, core biopsy: Invasive carcinoma of no special type, grade 3.
ER: positive (90%). PR: negative (<1%). HER2: equivocal (2+), FISH to follow.

Addendum 1:
HER2 FISH: not amplified (ratio 1.2, average copy number 2.6).
""",
        """site breast
        laterality right
        procedure biopsy
        behaviour malignant
        histology invasive carcinoma of no special type
        grade 3
        er positive
        er_percent 90
        pr negative
        pr_percent <1
        her2 negative
        her2_ihc 2+
        her2_ish not amplified""",
    ),
    "an addendum corrects": Report(
        """FINAL DIAGNOSIS
Sigmoid colon, resection: Adenocarcinoma, moderately differentiated, pT2 pN0.

ADDENDUM
On review of additional levels, tumour is seen in the subserosa. The stage is corrected from pT2 to pT3.
""",
        """site colorectum
        procedure resection
        behaviour malignant
        histology adenocarcinoma
        grade 2
        pt pT3
        pn pN0""",
    ),
    "an amended diagnosis replaces the first one": Report(
        """Diagnosis: Left breast, excision: Ductal carcinoma in situ, high grade. Margins clear.

Amended diagnosis: Left breast, excision: Invasive ductal carcinoma, grade 3, with ductal carcinoma in situ.
""",
        """site breast
        laterality left
        procedure resection
        behaviour malignant
        behaviour in situ
        histology invasive carcinoma of no special type
        histology ductal carcinoma in situ
        grade 3
        margins clear""",
    ),
    "it contradicts itself about malignancy": Report(
        """Diagnosis: Right breast, core biopsy: Benign breast tissue, no evidence of malignancy.
Synoptic:
Histologic type: Invasive ductal carcinoma
""",
        """site breast
        laterality right
        procedure biopsy
        behaviour malignant
        behaviour benign
        histology invasive carcinoma of no special type
        ! behaviour""",
    ),
    "it contradicts itself about numbers": Report(
        """Diagnosis: Breast, left, mastectomy: invasive ductal carcinoma, Nottingham grade 1. pT2.
ER negative (90%). HER2 3+, HER2 negative.
Comment: The tumour is pT1c. Nottingham score 8/9.
""",
        """site breast
        laterality left
        procedure resection
        behaviour malignant
        histology invasive carcinoma of no special type
        grade 1
        grade 3
        pt pT2
        pt pT1c
        er negative
        er_percent 90
        her2 negative
        her2_ihc 3+
        ! grade
        ! pt
        ! er
        ! her2""",
    ),
    "colon with lost proteins": Report(
        """CLINICAL HISTORY: Anaemia, family history of endometrial carcinoma
DIAGNOSIS:
CAECUM, RIGHT HEMICOLECTOMY:
MUCINOUS ADENOCARCINOMA, POORLY DIFFERENTIATED, pT4a pN1b pM1c.
LYMPHOVASCULAR INVASION PRESENT. PERINEURAL INVASION NOT SEEN.
MISMATCH REPAIR PROTEINS BY IMMUNOHISTOCHEMISTRY:
MLH1: LOSS OF NUCLEAR EXPRESSION
PMS2: LOSS OF NUCLEAR EXPRESSION
MSH2: INTACT NUCLEAR EXPRESSION
MSH6: INTACT NUCLEAR EXPRESSION
MLH1 promoter methylation: not performed.
""",
        """site colorectum
        laterality right
        procedure resection
        behaviour malignant
        histology mucinous carcinoma
        grade 3
        pt pT4a
        pn pN1b
        pm pM1c
        lymphovascular_invasion present
        perineural_invasion absent
        mlh1 lost
        pms2 lost
        msh2 intact
        msh6 intact
        mmr deficient""",
    ),
    "colon with all proteins": Report(
        """Rectum, biopsy: invasive adenocarcinoma, low-grade (well to moderately differentiated).
No loss of nuclear expression of MLH1, PMS2, MSH2 and MSH6: low probability of microsatellite instability-high (MSI-H).
KRAS: pending.
""",
        """site colorectum
        procedure biopsy
        behaviour malignant
        histology adenocarcinoma
        grade low
        mlh1 intact
        pms2 intact
        msh2 intact
        msh6 intact
        mmr proficient""",
    ),
    "a polyp": Report(
        """Transverse colon, polypectomy: Tubulovillous adenoma with low-grade dysplasia. Negative for high grade
dysplasia and malignancy.
""",
        """site colorectum
        procedure resection
        behaviour benign
        histology tubulovillous adenoma""",
    ),
    "carcinoma in an adenoma": Report(
        """Sigmoid polyp, polypectomy: Invasive adenocarcinoma arising in a tubular adenoma. Deep margin positive.
MSI testing by PCR: MSI-High.
""",
        """site colorectum
        procedure resection
        behaviour malignant
        behaviour benign
        histology adenocarcinoma
        histology tubular adenoma
        margins involved
        msi high""",
    ),
    "lung with a doubt": Report(
        """LUNG, RIGHT UPPER LOBE, BIOPSY: Atypical cells suspicious for adenocarcinoma. Squamous cell carcinoma is not
excluded. PD-L1 (22C3): TPS 60%. ALK FISH: negative. EGFR: pending.
""",
        """site lung
        laterality right
        procedure biopsy
        behaviour uncertain
        behaviour malignant ?
        histology adenocarcinoma ?
        histology squamous cell carcinoma ?
        pdl1_tps_percent 60""",
    ),
    "lung resection": Report(
        """Left lower lobe of lung, lobectomy:
Squamous cell carcinoma, moderately differentiated.
Bronchial margin: clear. Visceral pleura: not involved.
Lymphovascular invasion: present
TTF-1 negative, p40 positive. PD-L1 tumour proportion score <1%, CPS 5.
Pathologic stage: T2a N0
""",
        """site lung
        laterality left
        procedure resection
        behaviour malignant
        histology squamous cell carcinoma
        grade 2
        margins clear
        lymphovascular_invasion present
        pdl1_tps_percent <1
        pdl1_cps 5
        pt pT2a
        pn pN0""",
    ),
    "nothing to say": Report(
        """Bronchial biopsy, right lung. Insufficient material for diagnosis. A repeat biopsy is advised to
exclude malignancy.
""",
        """site lung
        laterality right
        procedure biopsy
        behaviour insufficient""",
    ),
    "prostate, core by core": Report(
        """Prostate, needle biopsies
A. Right apex: Prostatic adenocarcinoma, Gleason score 3+3=6 (Grade Group 1), 2 mm of 12 mm.
B. Left base: Prostatic adenocarcinoma, Gleason score 7 (4+3), grade group 3. Perineural invasion identified.
C. Left apex: Benign prostatic tissue. No evidence of malignancy.
D. Right base: High-grade prostatic intraepithelial neoplasia; no invasive carcinoma.
""",
        """site prostate
        procedure biopsy
        A behaviour malignant
        A histology acinar adenocarcinoma
        A gleason 3+3=6
        A grade_group 1
        B behaviour malignant
        B histology acinar adenocarcinoma
        B gleason 4+3=7
        B grade_group 3
        B perineural_invasion present
        C behaviour benign
        A site prostate
        A laterality right
        B site prostate
        B laterality left
        C site prostate
        C laterality left
        D site prostate
        D laterality right
        D behaviour in situ
        D histology high-grade prostatic intraepithelial neoplasia""",
    ),
    "a sum that does not add up": Report(
        """Prostate, radical prostatectomy: acinar adenocarcinoma, Gleason score 3+4=8, ISUP grade group 4. pT3a pNX.
Margins: involved at the apex.
""",
        """site prostate
        procedure resection
        behaviour malignant
        histology acinar adenocarcinoma
        gleason 3+4=8
        grade_group 4
        pt pT3a
        pn pNX
        margins involved
        ! gleason
        ! grade_group""",
    ),
    "suspicion in the prostate": Report(
        """PROSTATE, LEFT MID, CORE BIOPSY: ATYPICAL SMALL ACINAR PROLIFERATION, SUSPICIOUS FOR BUT NOT DIAGNOSTIC OF
ADENOCARCINOMA.
""",
        """site prostate
        laterality left
        procedure biopsy
        behaviour uncertain
        behaviour malignant ?
        histology atypical small acinar proliferation
        histology adenocarcinoma ?""",
    ),
    "after treatment": Report(
        """Diagnosis: Right breast, lumpectomy: Fibrosis and changes of the previous biopsy site; no residual carcinoma.
ypT0 ypN0(i-)(sn).
""",
        """site breast
        laterality right
        procedure resection
        behaviour no residual tumour
        pt ypT0
        pn ypN0(i-)(sn)""",
    ),
    "several foci, at least": Report(
        """Breast, left, core biopsies: Invasive carcinoma (NST), at least pT1b(m). Triple negative.
Ki-67 (MIB-1) proliferation index: approximately 40-50%.
""",
        """site breast
        laterality left
        procedure biopsy
        behaviour malignant
        histology invasive carcinoma of no special type
        pt pT1b(m) ?
        er negative
        pr negative
        her2 negative
        ki67_percent 40-50""",
    ),
    "a receptor at the edge": Report(
        """Biomarkers (invasive ductal carcinoma, left breast):
Estrogen Receptor (ER) Status: Positive
Percentage of Cells with Nuclear Positivity: 1-10%
Progesterone Receptor (PgR) Status: Negative (less than 1%)
HER2 (by immunohistochemistry): Negative (Score 1+)
ER is considered positive if at least 1% of nuclei stain. External controls positive.
""",
        """site breast
        behaviour malignant
        histology invasive carcinoma of no special type
        er low positive
        er_percent 1-10
        pr negative
        pr_percent <1
        her2 negative
        her2_ihc 1+""",
    ),
    "a form with boxes": Report(
        """Left breast excision
Diagnosis:
[x] Invasive ductal carcinoma  [ ] Invasive lobular carcinoma  [ ] DCIS only
Margins: [ ] positive [x] negative
Lymphovascular invasion: [x] present [ ] absent
""",
        """site breast
        laterality left
        procedure resection
        behaviour malignant
        histology invasive carcinoma of no special type
        margins clear
        lymphovascular_invasion present""",
    ),
    "mistyped, and wrapped anywhere": Report(
        """Breast, left, core biospy: the tissue is infiltrated by a tumour. It is an invasve ductal
carcinom of histological grade III with
lymphovasculr invasion. Oestrogen receptor is
positive in
80 % of the nuclei, progesteron receptor is negative.
""",
        """site breast
        laterality left
        procedure biopsy
        behaviour malignant
        histology invasive carcinoma of no special type
        grade 3
        lymphovascular_invasion present
        er positive
        er_percent 80
        pr negative""",
    ),
    "a list that is all denied": Report(
        """Breast, right, vacuum biopsy: Usual ductal hyperplasia. Atypia, in situ carcinoma and invasive carcinoma are
not identified. Negative for atypia, DCIS, or malignancy.
""",
        """site breast
        laterality right
        procedure biopsy
        behaviour benign
        histology usual ductal hyperplasia""",
    ),
    "negation in the second language of pathology": Report(
        """Breast, left, core biopsy: DCIS, nuclear grade 3, with comedonecrosis. Invasion cannot be excluded; at least
DCIS. Invasive carcinoma is not seen. ER 100%. PR 0%.
""",
        """site breast
        laterality left
        procedure biopsy
        behaviour in situ
        histology ductal carcinoma in situ
        er positive
        er_percent 100
        pr negative
        pr_percent 0""",
    ),
    "a frozen section said otherwise": Report(
        """Intraoperative consultation: A: Benign lymph node, negative for carcinoma.
Final diagnosis: Sentinel lymph node, excision: metastatic carcinoma, 2.5 mm. pN1a(sn).
""",
        """site lymph node
        procedure resection
        behaviour metastatic
        pn pN1a(sn)""",
    ),
    "reversed word order": Report(
        """Left breast core biopsy. The invasive lobular carcinoma is positive for ER and PR, negative for HER2.
Expression of the receptors was scored by two observers. Margins cannot be assessed. LVI: cannot be determined.
""",
        """site breast
        laterality left
        procedure biopsy
        behaviour malignant
        histology invasive lobular carcinoma
        er positive
        pr positive
        her2 negative""",
    ),
    "nothing of pathology": Report("Thank you for the referral. The patient was seen in the ER and discharged.\n", ""),
    "a resection with everything counted": Report(
        """FINAL DIAGNOSIS:
PART 1: BREAST, RIGHT, SEGMENTAL MASTECTOMY
A. INVASIVE LOBULAR CARCINOMA, TWO FOCI, GRADE 2
B. LARGEST CARCINOMA MEASURES 17 MM
C. ESTROGEN RECEPTOR POSITIVE, H-SCORE 210; PROGESTERONE RECEPTOR POSITIVE, H-SCORE 95
PART 2: LEFT LUNG, WEDGE RESECTION
A. METASTATIC CARCINOMA CONSISTENT WITH BREAST PRIMARY
PART 3: RIGHT SENTINEL LYMPH NODES, EXCISION
A. TWO LYMPH NODES NEGATIVE FOR METASTATIC CARCINOMA (0/2)
""",
        """1 site breast
        1 laterality right
        1 procedure resection
        1 behaviour malignant
        1 histology invasive lobular carcinoma
        1 focality 2
        1 grade 2
        1 size_mm 17
        1 er positive
        1 er_h_score 210
        1 pr positive
        1 pr_h_score 95
        2 site lung
        2 laterality left
        2 procedure resection
        2 behaviour metastatic
        2 primary breast ?
        3 site lymph node
        3 laterality right
        3 procedure resection
        3 behaviour benign
        3 nodes 0/2""",
    ),
}
