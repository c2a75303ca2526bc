"""A row of a sheet has a cell for each column."""

from app.domain.sheets import Column, cells

COLUMNS = (Column("site", "text", "where"), Column("people", "count", "how many"), Column("rate", "number", "of them"))


def test_a_text_that_is_not_known_is_empty_and_a_number_nothing() -> None:
    assert cells(COLUMNS, {"site": None, "people": None}) == ("", None, None)


def test_cells_stand_in_the_order_of_the_columns_and_other_names_are_left_out() -> None:
    assert cells(COLUMNS, {"rate": 0.5, "people": 10, "of": "no column", "site": 7}) == ("7", 10, 0.5)
