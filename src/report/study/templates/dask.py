"""Runs the parts of the study on a Dask cluster, and joins them: python run.py [SCHEDULER]

Without an address it starts workers on this machine. The workers need rollcast on their PATH, and this directory on a file system
that they share. A part that is there already ends at once; two workers with the same part do no harm.
"""

import pathlib
import subprocess
import sys

from dask.distributed import Client

STUDY = pathlib.Path(__file__).resolve().parent
PARTS = {{ parts }}


def part(number):
    """Runs a part. Dask tries again after an exception, and only what may do better then raises one."""
    command = ["rollcast", "part", str(STUDY / "plan.json"), str(number), "--threads", "1", "--quiet"]
    code = subprocess.run(command).returncode
    if code not in (0, 1, 2):
        raise RuntimeError(f"part {number} ended with exit code {code}")
    return code


def main():
    client = Client(sys.argv[1]) if len(sys.argv) > 1 else Client(threads_per_worker=1)
    while True:
        parts = client.map(part, range(PARTS), retries=3, pure=False)
        client.gather(parts, errors="skip")
        merge = ["rollcast", "merge", str(STUDY), "--quiet", "--out", str(STUDY / "result")]
        code = subprocess.run(merge).returncode
        # 4: precision targets ask for more replications, and plan.json says which.
        if code != 4:
            return code


if __name__ == "__main__":
    sys.exit(main())
