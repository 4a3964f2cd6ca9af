"""Findings of variants share a topic with results of genes, and are told from them by what they have."""

import pytest
from pydantic import ValidationError

from schemas.examples import EXAMPLES
from schemas.therapy import GenomicResult
from schemas.variants import GENOMICS_RECORD, VariantFinding


def test_a_record_with_hgvs_is_a_finding_and_every_other_a_result_of_a_gene() -> None:
    kinds = [type(GENOMICS_RECORD.validate_python(one)) for one in EXAMPLES["genomics"]]
    assert kinds == [GenomicResult, VariantFinding]


def test_the_error_of_either_names_the_field_and_no_value() -> None:
    for record in ({"patient": "p-1", "gene": "SECRET"}, {"patient": "p-1", "hgvs": "SECRET"}):
        with pytest.raises(ValidationError) as refused:
            GENOMICS_RECORD.validate_python(record)
        assert "SECRET" not in str(refused.value)
