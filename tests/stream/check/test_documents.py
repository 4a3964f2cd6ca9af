"""What is kept of a report is a file of its own, which not everybody may read."""

import stat
from pathlib import Path

from stream.check.documents import keep


def test_a_kept_document_is_no_business_of_other_users(tmp_path: Path) -> None:
    assert keep(b"findings", tmp_path, "a.json") == (tmp_path / "a.json").as_uri()
    assert stat.S_IMODE((tmp_path / "a.json").stat().st_mode) & 0o007 == 0


def test_a_planted_link_is_not_followed(tmp_path: Path) -> None:
    victim, kept = tmp_path / "victim", tmp_path / "kept"
    victim.write_bytes(b"as before")
    kept.mkdir()
    for name in ("a.json.part", "a.json"):
        (kept / name).symlink_to(victim)
    assert keep(b"findings", kept, "a.json") is not None
    assert victim.read_bytes() == b"as before"
    assert (kept / "a.json").read_bytes() == b"findings"
    assert not (kept / "a.json").is_symlink()


def test_what_a_run_left_unfinished_is_written_anew(tmp_path: Path) -> None:
    (tmp_path / "a.json.part").write_bytes(b"half")
    assert keep(b"findings", tmp_path, "a.json") is not None
    assert [one.name for one in tmp_path.iterdir()] == ["a.json"]
