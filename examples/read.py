"""Reads the tables of a result of `rollcast sweep` with pandas: every column with the type that datapackage.json says.

Parameters such as maxSurge are text where one of them is text, since `1` and `25%` stand in one column. pandas guesses types
block by block, so that plain read_csv makes two groups of one `1` in a large file. `table` does not guess.

    python examples/read.py results/first-look
"""

import json
import pathlib
import sys

import pandas as pd

TYPES = {"string": "string", "integer": "Int64", "number": "float64", "boolean": "boolean"}


def table(result, name):
    """The table `name` of the directory `result`, such as table("results/first-look", "replications")."""
    folder = pathlib.Path(result)
    package = json.loads((folder / "datapackage.json").read_text(encoding="utf-8"))
    for resource in package["resources"]:
        path = folder / resource["path"]
        if path.stem == name and "schema" in resource:
            if path.suffix == ".parquet":
                return pd.read_parquet(path)
            types = {field["name"]: TYPES[field["type"]] for field in resource["schema"]["fields"]}
            return pd.read_csv(path, dtype=types)
    raise SystemExit(f"{result} has no table {name}")


def parameters(rows):
    """The columns of swept parameters: those between `scenario` and the number of the replication."""
    names = list(rows.columns)
    return names[names.index("scenario") + 1 : names.index("replication")]


if __name__ == "__main__":
    result = sys.argv[1] if len(sys.argv) > 1 else "results/first-look"
    rows = table(result, "replications")
    print(rows.groupby(parameters(rows))["duration_s"].describe(percentiles=[0.5, 0.95]))
