"""What every process of a drill has read before it is forked."""

import app.cli
from app.catalogue.catalogue import load_catalogue

load_catalogue()

__all__ = ["app"]
