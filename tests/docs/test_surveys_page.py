"""The reference of the survey format shows a survey that has every feature and no fault."""

import re
from pathlib import Path

from app.catalogue.catalogue import Catalogue
from app.catalogue.documents import parse_yaml
from app.domain.survey import Kind
from app.jobs.writing import check


def test_the_example_is_a_survey_without_fault_and_shows_every_kind(root: Path, catalogue: Catalogue) -> None:
    page = (root / "docs" / "surveys.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)
    survey, faults = check(parse_yaml(example, "the example"), catalogue)
    assert not faults
    assert survey is not None
    assert {question.kind for question in survey.questions} == set(Kind)
    assert survey.draft_languages() == ("sw",)


def test_the_page_names_the_languages_that_are_spoken(root: Path, catalogue: Catalogue) -> None:
    page = (root / "docs" / "surveys.md").read_text(encoding="utf-8")
    assert f"Spoken are `{' '.join(sorted(catalogue.limits.languages))}`" in page
