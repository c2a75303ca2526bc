"""A form that came back: what a browser without scripts sends of it, and which of its fields are marked as wrong."""

import re
from html.parser import HTMLParser

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


def filled_in(answer: httpx2.Response) -> dict[str, str]:
    """What a browser without scripts sends of the form on the page, but for the button that is pressed."""
    reader = _Fields()
    reader.feed(answer.text[answer.text.index("<main") :])
    return reader.sent


class _Fields(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.sent: dict[str, str] = {}
        self._list = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = {name: value or "" for name, value in attrs}
        name = said.get("name", "")
        if tag == "input" and name and (said.get("type") != "checkbox" or "checked" in said):
            self.sent[name] = said.get("value", "")
        elif tag == "select":
            self._list = name
        elif tag == "option" and ("selected" in said or self._list not in self.sent):
            self.sent[self._list] = said["value"]  # a list of which nothing is chosen sends its first line
