"""XLSForm, as far as a text can ask it: workbooks to survey documents and back, as plain values."""

from app.domain.xlsform.expressions import ExpressionError
from app.domain.xlsform.model import CHOICES, SETTINGS, SURVEY, Form, Row, Table, place_of
from app.domain.xlsform.reading import read_form
from app.domain.xlsform.rules import read_rule
from app.domain.xlsform.writing import write_form, write_rule

__all__ = [
    "CHOICES",
    "SETTINGS",
    "SURVEY",
    "ExpressionError",
    "Form",
    "Row",
    "Table",
    "place_of",
    "read_form",
    "read_rule",
    "write_form",
    "write_rule",
]
