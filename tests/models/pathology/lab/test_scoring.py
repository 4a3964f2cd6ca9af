"""Generated reports say what they are said to say, and their reading is counted as it is."""

import json
import math
from pathlib import Path

import pytest

from models.pathology.finding import NAMES
from models.pathology.lab.keywords import keywords
from models.pathology.lab.scoring import UNWRITTEN, reader, score
from models.pathology.lab.wordings.development_1 import DEVELOPMENT_1
from models.pathology.lab.wordings.development_2 import DEVELOPMENT_2
from models.pathology.lab.wordings.development_3 import DEVELOPMENT_3
from models.pathology.lab.wordings.development_4 import DEVELOPMENT_4
from models.pathology.lab.wordings.development_5 import DEVELOPMENT_5
from models.pathology.lab.wordings.development_6 import DEVELOPMENT_6
from models.pathology.lab.wordings.held_out import HELD_OUT
from models.pathology.lab.writing import LESIONS, GeneratedReport, write
from stream import cli

DEVELOPED = {
    f"development {number}": wording
    for number, wording in enumerate(
        (DEVELOPMENT_1, DEVELOPMENT_2, DEVELOPMENT_3, DEVELOPMENT_4, DEVELOPMENT_5, DEVELOPMENT_6), 1
    )
}
WORDINGS = {**DEVELOPED, "held out": HELD_OUT}
pytestmark = pytest.mark.timeout(400)


def test_the_same_seed_writes_the_same_reports_and_more_of_them_begin_alike() -> None:
    assert list(write(20, HELD_OUT, 1)) == list(write(40, HELD_OUT, 1))[:20]
    assert list(write(20, HELD_OUT, 1)) != list(write(20, HELD_OUT, 2))


def test_what_generated_reports_state_covers_every_finding_that_is_measured() -> None:
    stated = {name for report in write(400, DEVELOPMENT_1, 1) for name, _, _ in report.statements}
    assert set(NAMES) - stated == UNWRITTEN


@pytest.mark.parametrize("name", WORDINGS)
def test_a_wording_names_every_lesion(name: str) -> None:
    assert set(WORDINGS[name].lesions) == {lesion for lesions in LESIONS.values() for lesion in lesions}


def test_no_diagnosis_is_worded_alike_in_the_held_out_wording_and_in_one_that_was_developed_on() -> None:
    """Names that everybody uses may stand in both; sentences may not."""
    for field in ("stated", "hedged", "denied", "history", "head"):
        seen = {way for wording in DEVELOPED.values() for way in getattr(wording, field)}
        assert not seen & set(getattr(HELD_OUT, field)), field


def test_the_reader_reads_what_it_was_developed_on_and_far_more_of_the_rest_than_keywords_do() -> None:
    assert score(list(write(120, DEVELOPMENT_1, 3)), reader).error_free.value > 0.97
    held = list(write(120, HELD_OUT, 3))
    read, searched = score(held, reader), score(held, keywords)
    assert read.overall.precision.low > searched.overall.precision.high
    assert read.overall.recall.low > searched.overall.recall.high


def test_precision_and_recall_count_value_and_certainty() -> None:
    said = frozenset({("er", "positive", "stated"), ("pr", "negative", "stated")})
    found = frozenset({("er", "positive", "stated"), ("pr", "negative", "hedged"), ("msi", "high", "stated")})
    result = score([GeneratedReport("", said)] * 4, lambda _: found)
    figures = {one.name: (one.stated, one.precision.value, one.recall.value) for one in result.scores}
    assert figures["er"] == (4, 1.0, 1.0)
    assert figures["pr"] == (4, 0.0, 0.0)
    assert figures["msi"][:2] == (0, 0.0)
    assert math.isnan(figures["msi"][2])
    assert result.overall.precision.value == pytest.approx(1 / 3)
    assert result.overall.recall.value == 0.5
    assert result.error_free.value == 0.0
    assert score([GeneratedReport("", found)], lambda _: found).error_free == (1.0, 1.0, 1.0)


def test_the_command_writes_the_card_and_tells_the_same_as_json(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "card.md"
    with pytest.raises(SystemExit) as ended:
        cli.main(["evaluate", "pathology", "--reports", "60", "--card", str(path), "--json"])
    assert ended.value.code == 0
    told = json.loads(capsys.readouterr().out)
    text = path.read_text(encoding="utf-8")
    everything = told["reader"]["findings"]["all"]
    assert f"| all | {everything['stated']} | {everything['precision']['value']:.3f} (" in text
    assert "No real report was at" in text
    assert told["keywords"]["without_error"]["value"] < told["reader"]["without_error"]["value"]
