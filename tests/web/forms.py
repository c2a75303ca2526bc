"""A form that came back: which of its fields are marked as wrong, each with its words beside it and a way there from the top."""

import re

import httpx2


def wrong_fields(answer: httpx2.Response) -> list[str]:
    """The ids of the marked fields, in the order of the page."""
    marked = re.findall(r'id="([^"]+)"[^>]*aria-invalid="true"[^>]*aria-describedby="[^"]*wrong-\1"', answer.text)
    assert marked == re.findall(r'class="wrong" id="wrong-([^"]+)"', answer.text), "each has its words beside it"
    assert sorted(marked) == sorted(set(re.findall(r'<li><a href="#([^"]+)">', answer.text))), (
        "and is led to from the top"
    )
    return marked


def words(answer: httpx2.Response) -> str:
    """What is read on the page."""
    return " ".join(re.sub(r"<[^>]+>", " ", answer.text[answer.text.index("<main") :]).split())
