"""Surveys: what is asked, in which words, and what the answers feed."""

from app.domain.survey.model import (
    Condition,
    Indicator,
    Kind,
    NeedRule,
    Option,
    Question,
    Review,
    Scoring,
    Sensitivity,
    Status,
    Survey,
    Texts,
    Urgency,
    Value,
)

__all__ = [
    "Condition",
    "Indicator",
    "Kind",
    "NeedRule",
    "Option",
    "Question",
    "Review",
    "Scoring",
    "Sensitivity",
    "Status",
    "Survey",
    "Texts",
    "Urgency",
    "Value",
]
