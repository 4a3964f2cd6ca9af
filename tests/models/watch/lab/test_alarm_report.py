"""The page of an evaluation: whole in one file, with every table, and nothing in it that a name could break."""

from html.parser import HTMLParser

from models.watch.lab.alarm_report import TECHNIQUES, Report, page
from models.watch.lab.burden import Alarm, leads, rates
from models.watch.lab.techniques import compare, hours_of
from tests.models.watch.lab.test_techniques import FIRST_H, NAMES, a_ward


class Tags(HTMLParser):
    """What opens and closes in a page, and where it would fetch from."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.sources: list[str] = []
        self.heads: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in {"img", "meta"}:
            self.open.append(tag)
        self.sources += [value or "" for name, value in attrs if name in {"src", "href"}]

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] in {"h2", "th"}:
            self.heads.append(data)


def a_page(*, labelled: bool = True) -> tuple[str, Tags]:
    heard, onset_s = a_ward()
    heard.live = [Alarm(NAMES[0], (FIRST_H + 14) * 3600.0, "spo2-low", "medium")]
    heard.begun = [*heard.live, Alarm(NAMES[1], (FIRST_H + 14) * 3600.0, "news2", "low")]
    onset_s = onset_s if labelled else {}
    hours = hours_of(heard, onset_s) if labelled else None
    by_technique = {name: leads(heard, onset_s, getattr(heard, name)) for name in TECHNIQUES}
    told = Report("80 patients <&>", rates(heard), by_technique, compare(hours) if hours else [], hours, {"live": "x"})
    text, tags = page(told), Tags()
    tags.feed(text)
    return text, tags


def test_the_page_is_whole_and_fetches_nothing() -> None:
    text, tags = a_page()
    assert tags.open == []
    assert len(tags.sources) == 2
    assert all(source.startswith("data:image/png;base64,") for source in tags.sources)
    assert "80 patients &lt;&amp;&gt;" in text
    assert "Not for clinical use" in text


def test_burden_is_told_by_condition_and_technique_and_each_technique_before_an_onset() -> None:
    text, tags = a_page()
    assert set(TECHNIQUES.values()) <= set(tags.heads)
    assert text.count("<td>spo2-low</td>") == 3  # its burden, and its lead with and without suppression
    assert "sensitivity of NEWS2 &gt;= 5" in text
    assert "burden of NEWS2 &gt;= 5" in text


def test_without_labels_there_is_the_burden_alone() -> None:
    text, tags = a_page(labelled=False)
    assert len(tags.sources) == 1
    assert "onset" not in text
