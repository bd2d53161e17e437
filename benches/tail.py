#!/usr/bin/env python3
"""How often the limits of `rollcast tail --method stages` hold the truth, against plain rollouts.

The truth is the share of many plain rollouts (`rollcast sweep`, another seed). Twelve pods lose readiness now and then, and the
event is that several lack it at once; or many ordinary starts one after the other take long. All runs are those of the command.

    benches/tail.py --seeds 1 100 --plain 400000
"""
import argparse
import csv
import json
import subprocess
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
WORLD = """
name: stages
deployment:
  spec:
    replicas: 12
    strategy: {{rollingUpdate: {{maxSurge: 2, maxUnavailable: 0}}}}
    template: {{spec: {{containers: [{{name: app, image: example/app, readinessProbe: {{httpGet: {{port: 80}}, periodSeconds: 1}}}}]}}}}
pods:
  start: {{exponential: {{mean: 6s}}}}
  termination: 2s
  new: {{pull: 1s, flap: 40%, flapAfter: {{exponential: {{mean: 20s}}}}, flapFor: {{exponential: {{mean: 10s}}}}}}
sweep: {{maxSurge: [2]}}
seed: {seed}
"""


def run(program, arguments):
    found = subprocess.run([program, *arguments], capture_output=True, text=True)
    if found.returncode not in (0, 1):
        raise SystemExit(found.stderr)
    return found.stdout


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--seeds", type=int, nargs=2, default=[1, 100])
    options.add_argument("--plain", type=int, default=400_000)
    options.add_argument("--replications", type=int, default=5000)
    options.add_argument("--only-pods", action="store_true")
    options.add_argument("--method", default="stages")
    options.add_argument("--program", default=str(ROOT / "target/release/rollcast"))
    options = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "stages.yaml"
        file.write_text(WORLD.format(seed=987654))
        out = Path(folder) / "plain"
        run(options.program, ["sweep", str(file), "--replications", str(options.plain), "--out", str(out), "--quiet"])
        with open(out / "replications.csv", newline="") as table:
            rows = [(int(row["min_available"]), float(row["duration_s"] or "inf")) for row in csv.DictReader(table)]
        n = len(rows)
        durations = sorted(duration for _, duration in rows)
        events = []
        for target in (1e-2, 1e-3):
            share = lambda floor: sum(pods < floor for pods, _ in rows) / n
            floor = min(range(1, 13), key=lambda floor: abs(share(floor) / target - 1) if share(floor) else 9)
            events.append((f"min_available < {floor}", share(floor)))
            if options.only_pods:
                continue
            limit = round(durations[int(n * (1 - target))], 1)
            events.append((f"duration_s > {limit}", sum(duration > limit for duration in durations) / n))
        for event, truth in events:
            error = (truth * (1 - truth) / n) ** 0.5
            held, values, relative, drawn, took, rollouts = 0, [], [], {}, time.monotonic(), 0
            for seed in range(options.seeds[0], options.seeds[1] + 1):
                file.write_text(WORLD.format(seed=seed))
                found = json.loads(run(options.program, ["tail", str(file), "--event", event, "--method", options.method,
                                                         "--replications", str(options.replications), "-o", "json", "--quiet"]))
                held += found["low"] <= truth <= found["high"]
                values.append(found["probability"])
                relative.append(found["relative_error"] or 0)
                rollouts += found["replications"] + found["pilot_replications"]
                drawn[found["drawn"]] = drawn.get(found["drawn"], 0) + 1
            count = len(values)
            mean = sum(values) / count
            spread = (sum((value - mean) ** 2 for value in values) / (count - 1)) ** 0.5
            print(f"{event}: plain {truth:.3e} ± {1.96 * error:.1e}; mean of {count} seeds {mean:.3e}, spread {spread / mean:.1%}, said "
                  f"{sum(relative) / count:.1%}; limits held {held} of {count}; {drawn}; {rollouts / count:.0f} rollouts each; "
                  f"{(time.monotonic() - took) / count:.2f} s", flush=True)


if __name__ == "__main__":
    main()
