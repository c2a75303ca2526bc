"""E-mail addresses: kept in one form, shown in half."""

import pytest

from app.domain.errors import InvalidError
from app.domain.mailboxes import mailbox, masked


@pytest.mark.parametrize(
    ("raw", "kept"),
    [
        pytest.param(" Desk@Bank.Example ", "Desk@bank.example", id="the domain in lower case, the name as it is"),
        pytest.param("a.b+c@x-y.example.org", "a.b+c@x-y.example.org", id="tags and hyphens"),
        pytest.param("a@xn--bcher-kva.example", "a@xn--bcher-kva.example", id="another script as the network has it"),
    ],
)
def test_an_address_has_one_form(raw: str, kept: str) -> None:
    assert mailbox(raw) == kept


@pytest.mark.parametrize(
    "raw",
    [
        "", "desk", "desk@", "@bank.example", "desk@bank", "a b@bank.example", "a@b@bank.example", "a@bank..example",
        "a@-bank.example", "a@bank.example\nBcc: b@c.example", "a,b@bank.example", "<a@bank.example>",
        f"{'a' * 65}@bank.example", f"a@{'b.' * 130}example",
    ],
)  # fmt: skip
def test_what_could_not_be_written_to_is_refused_and_not_repeated(raw: str) -> None:
    with pytest.raises(InvalidError) as problem:
        mailbox(raw)
    assert "bank" not in problem.value.message


def test_an_address_is_shown_in_half() -> None:
    assert masked("jana@bank.example") == "j…@bank.example"
