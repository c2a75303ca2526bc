"""Reading YAML and CSV into plain values, with faults that name the place."""

import csv
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, cast

import yaml

from app.domain.errors import Fault, InvalidError

_LARGEST = 1_000_000
_MOST_VALUES = 200_000


# libyaml reads ten times faster, where PyYAML was built with it.
_Loader: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _PlainLoader(_Loader):
    """Safe YAML without a key given twice."""

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
        seen: set[object] = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if key in seen:
                raise yaml.MarkedYAMLError(problem=f"{key!r} stands twice", problem_mark=key_node.start_mark)
            seen.add(key)
        return super().construct_mapping(node, deep)


def parse_yaml(text: str, name: str) -> Any:
    """The values of a YAML (or JSON) text.

    Raises:
        InvalidError: with line and column of what is malformed.
    """
    if len(text) > _LARGEST:
        raise InvalidError(f"{name} is larger than {_LARGEST:,} characters.")
    try:
        return _unfolded(yaml.load(text, Loader=_PlainLoader), [_MOST_VALUES])  # noqa: S506
    except yaml.MarkedYAMLError as problem:
        mark = problem.problem_mark
        place = f"line {mark.line + 1}, column {mark.column + 1}" if mark else name
        raise InvalidError(f"{name} is not readable YAML.", [Fault(place, problem.problem or "malformed")]) from problem
    except (yaml.YAMLError, RecursionError, ValueError, TypeError) as problem:
        raise InvalidError(f"{name} is not readable YAML.", [Fault(name, type(problem).__name__)]) from problem


def _unfolded(value: Any, left: list[int]) -> Any:
    """The same values with aliases written out; a small file must not unfold to gigabytes."""
    left[0] -= 1
    if left[0] < 0:
        raise ValueError("too many values")
    if isinstance(value, dict):
        return {key: _unfolded(item, left) for key, item in cast("dict[Any, Any]", value).items()}
    if isinstance(value, list):
        return [_unfolded(item, left) for item in cast("list[Any]", value)]
    return value


def read_yaml(path: Path) -> Any:
    """The values of a YAML file; InvalidError where it is missing or malformed."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise InvalidError(f"There is no file {path}.") from None
    except (OSError, UnicodeDecodeError) as problem:
        raise InvalidError(f"{path} cannot be read as UTF-8 text.") from problem
    return parse_yaml(text, str(path))


@cache
def read_languages(folder: Path) -> Mapping[str, Any]:
    """The values of a folder's YAML files, one for each language, by language; read once."""
    return {path.stem: read_yaml(path) for path in sorted(folder.glob("*.yaml"))}


def read_table(path: Path) -> list[Mapping[str, str]]:
    """The rows of a shipped CSV file."""
    with path.open(encoding="utf-8", newline="") as lines:
        return cast("list[Mapping[str, str]]", list(csv.DictReader(lines)))
