"""What a brand may read of totals that others' sites are in."""

import pytest

from app.jobs.brands import sees_total


@pytest.mark.parametrize(
    ("within", "own", "seen"),
    [
        pytest.param(["mine"], {"mine"}, True, id="its own alone"),
        pytest.param(["mine", "a", "b"], {"mine"}, True, id="two of others"),
        pytest.param(["mine", "a"], {"mine"}, False, id="less its own it is the other's"),
        pytest.param(["a", "b"], {"mine"}, False, id="it buys nothing there"),
        pytest.param([], {"mine"}, False, id="nobody"),
    ],
)
def test_a_total_is_read_where_no_single_site_of_others_stands_bare(
    within: list[str], own: set[str], *, seen: bool
) -> None:
    assert sees_total(within, own) is seen
