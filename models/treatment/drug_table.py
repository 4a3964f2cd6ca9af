"""Names and codes of the drugs that CPIC's guidelines name, and names of other drugs of a ward.

Codes of RxNorm (ingredient) and ATC are those that CPIC lists for its gene-drug pairs (https://cpicpgx.org/genes-drugs,
CC0), with newer ATC codes of WHO's index. Brands and spellings are ours: common ones, and no complete list.
"""

from typing import Final, NamedTuple


class DrugName(NamedTuple):
    """A drug under the name that rules use, with its codes and its other names."""

    name: str
    rxnorm: str  # empty where CPIC lists none
    atc: tuple[str, ...]
    others: tuple[str, ...]


def _d(name: str, rxnorm: str, atc: str, others: str) -> DrugName:
    return DrugName(name, rxnorm, tuple(atc.split()), tuple(others.split(", ")) if others else ())


# fmt: off
DRUGS: Final[tuple[DrugName, ...]] = (
    _d("abacavir", "190521", "J05AF06 J05AR02 J05AR13 J05AR04", "ziagen, kivexa, trizivir, triumeq, epzicom"),
    _d("acenocoumarol", "154", "B01AA07", "sintrom, acenocumarol"),
    _d("allopurinol", "519", "M04AA01 M04AA51", "zyloric, zyloprim"),
    _d("amikacin", "641", "D06AX12 J01GB06 S01AA21", "amikin, arikayce"),
    _d("amitriptyline", "704", "N06AA09 N06CA01", "saroten, elavil, tryptizol"),
    _d("aripiprazole", "89013", "N05AX12", "abilify"),
    _d("atazanavir", "343047", "J05AE08 J05AR15 J05AR23", "reyataz, evotaz"),
    _d("atomoxetine", "38400", "N06BA09", "strattera"),
    _d("atorvastatin", "83367", "C10AA05", "lipitor, sortis"),
    _d("azathioprine", "1256", "L04AX01", "imuran, imurek"),
    _d("belinostat", "1543543", "", ""),
    _d("brivaracetam", "1739745", "", "briviact"),
    _d("capecitabine", "194000", "L01BC06", "xeloda"),
    _d("carbamazepine", "2002", "N03AF01", "tegretol, tegretal, timonil"),
    _d("celecoxib", "140587", "L01XX33 M01AH01", "celebrex"),
    _d("citalopram", "2556", "N06AB04", "celexa, cipramil"),
    _d("clomipramine", "2597", "N06AA04", "anafranil"),
    _d("clopidogrel", "32968", "B01AC04", "plavix, iscover"),
    _d("codeine", "2670", "R05DA04 N02AA59 N02AA79 N02AJ06", "co-codamol, tylenol 3, gelonida"),
    _d("dapsone", "3108", "D10AX05 J04BA02", ""),
    _d("desflurane", "27340", "N01AB07", "suprane"),
    _d("desipramine", "3247", "N06AA01", "norpramin"),
    _d("dexlansoprazole", "816346", "A02BC06", "dexilant"),
    _d("dibekacin", "3328", "J01GB09", ""),
    _d("doxepin", "3638", "N06AA12", "sinequan, aponal, silenor"),
    _d("efavirenz", "195085", "J05AG03 J05AR06", "sustiva, stocrin, atripla"),
    _d("enflurane", "3920", "N01AB04", "ethrane"),
    _d("escitalopram", "321988", "N06AB10", "lexapro, cipralex"),
    _d("fluorouracil", "4492", "L01BC02 L01BC52", "5-fu, 5 fu, 5fu, fluoruracil, adrucil, efudex, efudix, actikerall"),
    _d("flurbiprofen", "4502", "M01AE09 M02AA19 R02AX01 S01BC04", "dobendan"),
    _d("fluvastatin", "41127", "C10AA04", "lescol"),
    _d("fluvoxamine", "42355", "N06AB08", "luvox, faverin, fevarin"),
    _d("fosphenytoin", "72236", "N03AB05", "cerebyx, pro-epanutin, fosphenytoine"),
    _d("gentamicin", "1596450", "D06AX07 J01GB03 S01AA11 S02AA14 S03AA06", "garamycin, refobacin, gentamycin"),
    _d("halothane", "5095", "N01AB01", "fluothane"),
    _d("hydralazine", "5470", "C02DB02", ""),
    _d("hydrocodone", "5489", "R05DA03", "vicodin, norco"),
    _d("ibuprofen", "5640", "C01EB16 G02CC01 M01AE01 M02AA13", "advil, brufen, motrin, nurofen"),
    _d("imipramine", "5691", "N06AA02", "tofranil"),
    _d("irinotecan", "51499", "L01XX19 L01CE02", "camptosar, onivyde"),
    _d("isoflurane", "6026", "N01AB06", "forane"),
    _d("ivacaftor", "1243041", "R07AX02 R07AX30 R07AX31 R07AX32",
       "kalydeco, orkambi, symdeko, symkevi, trikafta, kaftrio"),
    _d("kanamycin", "6099", "A07AA08 J01GB04 S01AA24", ""),
    _d("lansoprazole", "17128", "A02BC03", "prevacid, agopton"),
    _d("lornoxicam", "20890", "M01AC05", "xefo"),
    _d("lovastatin", "6472", "C10AA02", "mevacor, mevinacor"),
    _d("meloxicam", "41493", "M01AC06", "mobic, mobec"),
    _d("mercaptopurine", "103", "L01BB02", "purinethol, puri-nethol, 6-mercaptopurine, 6 mp, 6mp, xaluprine, purixan"),
    _d("methadone", "6813", "N07BC02", "polamidon"),
    _d("methoxyflurane", "6857", "N02BG09", "penthrop, penthrox"),
    _d("methylene blue", "6878", "V03AB17", "methylthioninium, methylthionine, provayblue, proveblue, methylenblau"),
    _d("metoprolol", "6918", "C07AB02", "beloc, lopressor, toprol"),
    _d("mycophenolic acid", "7145", "L04AA06", "mycophenolate, cellcept, myfortic"),
    _d("neomycin", "7299", "A01AB08 A07AA01 B05CA09 D06AX04 J01GB05 R02AB01 S01AA03 S02AA07 S03AA01", ""),
    _d("netilmicin", "7337", "J01GB07 S01AA23", ""),
    _d("nitrofurantoin", "7454", "J01XE01", "macrobid, macrodantin, furadantin"),
    _d("nortriptyline", "7531", "N06AA10", "pamelor, nortrilen"),
    _d("omeprazole", "7646", "A02BC01", "prilosec, losec, antra"),
    _d("ondansetron", "26225", "A04AA01", "zofran"),
    _d("oxcarbazepine", "32624", "N03AF02", "trileptal"),
    _d("pantoprazole", "40790", "A02BC02", "protonix, pantozol"),
    _d("paromomycin", "7934", "A07AA06", "humatin"),
    _d("paroxetine", "32937", "N06AB05", "paxil, seroxat"),
    _d("peginterferon alfa-2a", "120608", "L03AB11 L03AB61", "pegasys"),
    _d("peginterferon alfa-2b", "253453", "L03AB10 L03AB60", "pegintron"),
    _d("pegloticase", "1011650", "M04AX02", "krystexxa"),
    _d("phenprocoumon", "8150", "B01AA04", "marcumar, marcoumar, falithrom"),
    _d("phenytoin", "8183", "N03AB02 N03AB52", "dilantin, epanutin, phenhydan"),
    _d("piroxicam", "8356", "M01AC01", "feldene"),
    _d("pitavastatin", "861634", "C10AA08", "livalo"),
    _d("pitolisant", "2197878", "N07XX11", "wakix"),
    _d("plazomicin", "2049549", "J01GB14", "zemdri"),
    _d("pravastatin", "42463", "C10AA03", "pravachol, pravasin"),
    _d("primaquine", "8687", "P01BA03", ""),
    _d("rasburicase", "283821", "M04AX01 V03AF07", "elitek, fasturtec"),
    _d("ribostamycin", "", "J01GB10", ""),
    _d("risperidone", "35636", "N05AX08", "risperdal"),
    _d("rosuvastatin", "301542", "C10AA07", "crestor"),
    _d("sertraline", "36437", "N06AB06", "zoloft"),
    _d("sevoflurane", "36453", "N01AB08", "ultane, sevorane"),
    _d("simvastatin", "36567", "C10AA01 C10BA02 C10BX04 A10BH51 C10BA04 C10BX01", "zocor, inegy, vytorin"),
    _d("siponimod", "2121085", "L04AE03", "mayzent"),
    _d("streptomycin", "10109", "A07AA04 J01GA01", ""),
    _d("succinylcholine", "10154", "M03AB01", "suxamethonium, anectine, quelicin, lysthenon"),
    _d("tacrolimus", "42316", "D11AH01 L04AD02",
       "prograf, advagraf, envarsus, modigraf, astagraf, adoport, protopic, fk506"),
    _d("tafenoquine", "2054023", "P01BA07", "krintafel, arakoda"),
    _d("tamoxifen", "10324", "L02BA01", "nolvadex, soltamox"),
    _d("tegafur", "4582", "L01BC03 L01BC53", "teysuno, s-1, uft, uftoral, ts-1, tegafur uracil"),
    _d("tenoxicam", "37790", "M01AC02", "mobiflex"),
    _d("thioguanine", "10485", "L01BB03", "tioguanine, 6-thioguanine, tabloid, lanvis, 6 tg"),
    _d("tobramycin", "10627", "J01GB01 S01AA12", "tobi, nebcin"),
    _d("toluidine blue", "10638", "", "tolonium chloride, tolonium"),
    _d("tramadol", "10689", "N02AX02 N02AJ13", "ultram, tramal"),
    _d("trimipramine", "10834", "N06AA06", "surmontil, stangyl"),
    _d("tropisetron", "27392", "A04AA03", "navoban"),
    _d("valproic acid", "11118", "N03AG01", "valproate, depakine, depakote, divalproex, orfiril"),
    _d("venlafaxine", "39786", "N06AX16", "effexor, trevilor"),
    _d("voriconazole", "121243", "J02AC03", "vfend"),
    _d("vortioxetine", "1455099", "N06AX26", "trintellix, brintellix"),
    _d("warfarin", "11289", "B01AA03", "coumadin, marevan, jantoven"),
)
# fmt: on

_OTHERS: Final = (
    "acetaminophen, acetylcysteine, aciclovir, acyclovir, adalimumab, adenosine, adrenaline, albumin, albuterol, "
    "alendronate, alfentanil, alteplase, amifampridine, aminophylline, aminosalicylic acid, amiodarone, "
    "amisulpride, amlodipine, amoxapine, amphetamine, amphotericin b, anidulafungin, argipressin, ataluren, "
    "atenolol, atracurium, atropine, avatrombopag, bevacizumab, bisoprolol, bleomycin, brexpiprazole, bucindolol, "
    "budesonide, bupropion, caffeine, calcium chloride, calcium gluconate, cangrelor, carbimazole, carboplatin, "
    "carglumic acid, carisoprodol, carvedilol, caspofungin, cerivastatin, cetuximab, cevimeline, chloramphenicol, "
    "chloroquine, chlorpropamide, cisatracurium, cisplatin, clavulanic acid, clindamycin, clobazam, clonidine, "
    "colistin, cyclophosphamide, cytarabine, dabrafenib, dantrolene, daptomycin, darifenacin, daunorubicin, "
    "desmopressin, desvenlafaxine, deutetrabenazine, dexamethasone, dexmedetomidine, dextromethorphan, dextrose, "
    "diazepam, digitoxin, digoxin, diltiazem, dimercaprol, dobutamine, docetaxel, dolasetron, donepezil, "
    "dopamine, doxorubicin, doxycycline, dronabinol, duloxetine, elagolix, electrolyte solution, eliglustat, "
    "eltrombopag, ephedrine, epinephrine, epirubicin, eptifibatide, erdafitinib, esketamine, esmolol, etanercept, "
    "etomidate, etoposide, famotidine, fesoterodine, flecainide, flibanserin, fluconazole, flucytosine, "
    "fludrocortisone, flumazenil, fluticasone propionate, folinic acid, fomepizole, foscarnet, furazolidone, "
    "gabapentin, galantamine, ganciclovir, gefitinib, gemcitabine, gliclazide, glimepiride, glipizide, glucose, "
    "glyburide, glycopyrronium, human immunoglobulin, hydrocortisone, hydroxychloroquine, idarubicin, "
    "iloperidone, infliximab, insulin, ipratropium, isavuconazole, isoniazid, isoprenaline, ketamine, "
    "l-methylfolate, labetalol, lactulose, lamotrigine, landiolol, lapatinib, latanoprost, lesinurad, leucovorin, "
    "levetiracetam, levofloxacin, levomethadone, levomilnacipran, levosimendan, levothyroxine, lidocaine, "
    "lithium, lofexidine, lorazepam, lumiracoxib, mafenide, magnesium sulfate, mannitol, meclizine, melatonin, "
    "mepacrine, meperidine, mesalazine, metamizole, methazolamide, methimazole, methotrexate, methylphenidate, "
    "methylprednisolone, metoclopramide, metronidazole, micafungin, midazolam, milnacipran, milrinone, "
    "mirabegron, mirtazapine, mivacurium, modafinil, moxifloxacin, nabumetone, nalidixic acid, naloxone, "
    "naltrexone, nebivolol, nevirapine, nicardipine, nicorandil, nicotine, nilotinib, nimodipine, nitrofural, "
    "nivolumab, noradrenaline, norepinephrine, norfloxacin, octreotide, ofloxacin, oliceridine, oseltamivir, "
    "oxaliplatin, oxazepam, oxygen, oxytocin, paclitaxel, paliperidone, palonosetron, pancuronium, paracetamol, "
    "pazopanib, pembrolizumab, perphenazine, pethidine, phenazopyridine, phenylephrine, "
    "phytomenadione, polymyxin b, potassium chloride, potassium phosphate, prednisolone, prednisone, pregabalin, "
    "probenecid, procainamide, propafenone, propofol, propranolol, propylthiouracil, protamine, protriptyline, "
    "quinine, quinupristin, raloxifene, raltegravir, ranitidine, remdesivir, remifentanil, ribavirin, ringer, "
    "risedronate, rituximab, rocuronium, rosiglitazone, salbutamol, salmeterol, senna, sodium bicarbonate, sodium "
    "chloride, sodium nitrite, sufentanil, sugammadex, sulbactam, sulfacetamide, sulfadimidine, sulfanilamide, "
    "sulfasalazine, sulfisoxazole, tamsulosin, tazobactam, teicoplanin, tenecteplase, tenofovir, terbinafine, "
    "terlipressin, tetrabenazine, theophylline, thiamine, thiopental, thioridazine, tigecycline, timolol, "
    "tirofiban, tocilizumab, tolazamide, tolbutamide, tolterodine, trametinib, tranexamic acid, trastuzumab, "
    "trazodone, triamcinolone, urapidil, urokinase, valaciclovir, valbenazine, vancomycin, vasopressin, "
    "vecuronium, velaglucerase alfa, vilazodone, vincristine, vitamin b, vitamin c, vitamin k, zolpidem, "
    "zuclopenthixol"
)
OTHER_DRUGS: Final = frozenset(_OTHERS.strip().split(", "))
"""Drugs that no rule names: they are known, and nothing follows from them."""
