"""Passwords that are tried first."""

from functools import cache

from app.catalogue.places import DATA


@cache
def common_passwords() -> frozenset[str]:
    """Those of the shortest length we take or longer, in small letters; what begins with # tells where they are from."""
    lines = (DATA / "common_passwords.txt").read_text(encoding="utf-8").splitlines()
    return frozenset(line for line in lines if line and not line.startswith("#"))
