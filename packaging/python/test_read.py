"""Holds `rollcast.read` to what it says, on the results named on the command line: python test_read.py RESULT..."""

import pathlib
import sys
import tempfile

import rollcast


def holds(path: str) -> None:
    result = rollcast.read(path)
    assert len(result) >= 4, result
    for name in result:
        frame, meaning = result[name], result.describe(name)
        assert list(frame.columns) == list(meaning), f"{path} {name}: columns"
        assert all(meaning.values()), f"{path} {name}: a column without a meaning"
        for parameter in set(result.parameters) & set(frame.columns):
            # A swept 1 stays "1" beside "25%".
            assert frame[parameter].dtype == "string", f"{path} {name}: {parameter} is {frame[parameter].dtype}"
    if result.parameters != ["workload"] and "statistics" in result:
        scenarios, counted = len(result["scenarios"]), result["statistics"]["scenario"].nunique()
        assert scenarios == counted, f"{path}: {scenarios} scenarios, statistics of {counted}"


def refuses(path: str, table: str | None, words: str) -> None:
    try:
        result = rollcast.read(path)
        if table is not None:
            result[table]
    except rollcast.ResultError as error:
        assert words in str(error), error
    else:
        raise AssertionError(f"{path} {table} was read")


if __name__ == "__main__":
    results = sys.argv[1:]
    assert results, __doc__
    for path in results:
        holds(path)
    refuses(results[0], "nothing", "has no table 'nothing'; it has ")
    with tempfile.TemporaryDirectory() as empty:
        refuses(empty, None, "is missing: is ")
        pathlib.Path(empty, "datapackage.json").write_text("{")
        refuses(empty, None, "is not JSON")
    print(f"{len(results)} results read, {sum(len(rollcast.read(path)) for path in results)} tables")
