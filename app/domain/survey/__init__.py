"""Surveys: what is asked, in which words, and what the answers feed."""

from app.domain.survey.model import (
    MEAN,
    RAW,
    Condition,
    Ground,
    Indicator,
    Kind,
    NeedRule,
    Option,
    Question,
    Review,
    Sensitivity,
    Status,
    Survey,
    Texts,
    Urgency,
    Value,
)

__all__ = [
    "MEAN",
    "RAW",
    "Condition",
    "Ground",
    "Indicator",
    "Kind",
    "NeedRule",
    "Option",
    "Question",
    "Review",
    "Sensitivity",
    "Status",
    "Survey",
    "Texts",
    "Urgency",
    "Value",
]
