"""XLSForm, as far as a text can ask it: workbooks to survey documents and back, as plain values."""

from app.domain.xlsform.model import CHOICES, SETTINGS, SURVEY, Form, Row, Table, place_of
from app.domain.xlsform.reading import read_form
from app.domain.xlsform.writing import write_form

__all__ = ["CHOICES", "SETTINGS", "SURVEY", "Form", "Row", "Table", "place_of", "read_form", "write_form"]
