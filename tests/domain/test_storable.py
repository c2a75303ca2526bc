"""What JSON may hold and no table can."""

from typing import Any

import pytest

from app.domain.errors import Fault, InvalidError
from app.domain.registry.storable import storable


@pytest.mark.parametrize(
    ("given", "kept", "places"),
    [
        pytest.param({"a": ["b\0c", "\ud800d"]}, {"a": ["bc", "d"]}, ["a[0]", "a[1]"], id="characters that are none"),
        pytest.param({"a": {"b\0": 1}}, {"a": {"b": 1}}, [], id="in a name"),
        pytest.param([2**63, -(2**64), 2**63 - 1], [None, None, 2**63 - 1], ["[0]", "[1]"], id="beyond 64 bits"),
        pytest.param([float("nan"), float("inf"), 1.5], [None, None, 1.5], ["[0]", "[1]"], id="numbers that are none"),
        pytest.param({"a": [True, None, "ü"]}, {"a": [True, None, "ü"]}, [], id="what can be kept"),
    ],
)
def test_what_no_table_can_keep_is_left_out_and_told_with_its_place(given: Any, kept: Any, places: list[str]) -> None:
    faults: list[Fault] = []
    assert storable(given, faults) == kept
    assert [fault.place for fault in faults] == places
    assert {fault.severity for fault in faults} <= {"warning"}


def test_what_has_no_bottom_is_refused() -> None:
    deep: Any = []
    for _ in range(400):
        deep = {"services": [deep]}
    with pytest.raises(InvalidError, match="deeper"):
        storable(deep, [])
