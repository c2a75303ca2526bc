"""Signing in and out, and what the pages are drawn with."""

from pathlib import Path

from fastapi import APIRouter
from starlette.staticfiles import StaticFiles

router = APIRouter(include_in_schema=False)


def static_files() -> StaticFiles:
    """The stylesheet and the one script."""
    return StaticFiles(directory=Path(__file__).parent / "static")
