"""Reads the results of `rollcast sweep` with pandas.

    import rollcast
    result = rollcast.read("results/first-look")
    result["statistics"]

The command itself is the program `rollcast`, which the same package installs.
"""

from __future__ import annotations

import json
import pathlib
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Result", "ResultError", "read"]

#: Types of Frictionless data packages, as pandas names those of its own that can be missing.
_TYPES = {"string": "string", "integer": "Int64", "number": "float64", "boolean": "boolean"}


class ResultError(ValueError):
    """The directory is no result of rollcast, or it has no such table."""


class Result(Mapping):
    """The tables of one result. A table is read when it is first asked for."""

    #: The directory of the result.
    path: pathlib.Path
    #: What datapackage.json says: seed, versions, inputs, and a description of every file.
    package: dict[str, Any]

    def __init__(self, path: str | pathlib.Path) -> None:
        self.path = pathlib.Path(path)
        described = self.path / "datapackage.json"
        try:
            self.package = json.loads(described.read_text(encoding="utf-8"))
        except FileNotFoundError:
            raise ResultError(f"{described} is missing: is {self.path} a result of `rollcast sweep --out`?") from None
        except ValueError as error:
            raise ResultError(f"{described} is not JSON: {error}") from None
        self._resources = {
            pathlib.PurePosixPath(resource["path"]).stem: resource
            for resource in self.package.get("resources", [])
            if "schema" in resource
        }
        self._read: dict[str, pd.DataFrame] = {}

    @property
    def parameters(self) -> list[str]:
        """Names of the swept parameters, which are columns of strings in every table of scenarios."""
        # Every sweep has this table; replications.csv can be left out.
        fields = self._resource("scenarios")["schema"]["fields"]
        return [field["name"] for field in fields if field.get("description", "").startswith("Swept parameter")]

    def describe(self, table: str) -> dict[str, str]:
        """What each column of a table means, with its unit where it has one."""
        fields = self._resource(table)["schema"]["fields"]
        return {field["name"]: _meaning(field) for field in fields}

    def __getitem__(self, table: str) -> pd.DataFrame:
        if table not in self._read:
            self._read[table] = self._frame(table)
        return self._read[table]

    def __iter__(self) -> Iterator[str]:
        return iter(self._resources)

    def __len__(self) -> int:
        return len(self._resources)

    def __repr__(self) -> str:
        return f"rollcast.read({str(self.path)!r}): {', '.join(self)}"

    def _resource(self, table: str) -> dict[str, Any]:
        try:
            return self._resources[table]
        except KeyError:
            raise ResultError(f"{self.path} has no table {table!r}; it has {', '.join(self)}") from None

    def _frame(self, table: str) -> pd.DataFrame:
        import pandas

        resource = self._resource(table)
        file = self.path / resource["path"]
        types = {field["name"]: _TYPES[field["type"]] for field in resource["schema"]["fields"]}
        types.update((name, "string") for name in self.parameters if name in types)
        if file.suffix == ".parquet":
            return pandas.read_parquet(file).astype(types)
        # Types are given, not guessed: pandas guesses block by block, so that `1` and `25%` would be mixed types.
        return pandas.read_csv(file, dtype=types)


def _meaning(field: Mapping[str, Any]) -> str:
    unit = field.get("unit")
    meaning = field.get("description", "")
    return f"{meaning} ({unit})" if unit else meaning


def read(path: str | pathlib.Path) -> Result:
    """The result in a directory: a mapping from names of tables to pandas frames.

    Raises ResultError where the directory holds no result.
    """
    return Result(path)
