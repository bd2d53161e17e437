#!/usr/bin/env python3
"""How often `rollcast recommend` finds the right one of many strategies by its search.

The truth is an exhaustive run (`--exhaustive`) with many replications and another seed, over the strategies that may meet the objectives:
with a maxUnavailable of 2 pods or more none keeps as many available as they ask for. Then every seed asks for a
recommendation by the search. A choice is right where, by the truth, it meets the objectives, is no slower at p95 than the
fastest that meets them by more than the zone, and keeps as many pods available at worst as the best of those do. Extra pods are
reported beside it. All runs are those of the command.

    benches/search.py --grid small --seeds 1 100 --replications 200
"""
import argparse
import json
import subprocess
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
GRIDS = {
    # 7 x 6 x 25 values; Kubernetes refuses 25 of the points.
    "small": (6, str(list(range(7))), str(list(range(6))), 25),
    # 21 x 20 x 24 values; it refuses 24.
    "large": (20, str(list(range(21))), str(list(range(20))), 24),
}
WORLD = """
name: search
deployment:
  spec:
    replicas: {replicas}
    template: {{spec: {{containers: [{{name: app, image: example/app}}]}}}}
pods:
  start: {{lognormal: {{p50: 6s, p99: 20s}}}}
  termination: {{exponential: {{mean: 4s}}}}
  new: {{crash: 2%}}
sweep:
  maxSurge: {surge}
  maxUnavailable: {unavailable}
  minReadySeconds: {ready}
objectives:
  - availability: {availability}
  - p95 duration_s <= {duration}s
  - stalled_rate <= 5%
seed: {seed}
"""


def ask(program, grid, seed, replications, *more, unavailable=None):
    replicas, surge, all_unavailable, ready = GRIDS[grid]
    unavailable = unavailable or all_unavailable
    text = WORLD.format(
        replicas=replicas, surge=surge, unavailable=unavailable, ready=list(range(ready)), seed=seed,
        availability="75%", duration=100 if grid == "small" else 150,
    )
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "search.yaml"
        file.write_text(text)
        command = [program, "recommend", file, "-o", "json", "--quiet", "--what-if", "none",
                   "--replications", str(replications), *more]
        begin = time.monotonic()
        found = subprocess.run(command, capture_output=True, text=True)
        took = time.monotonic() - begin
    if not found.stdout:
        raise SystemExit(found.stderr)
    return json.loads(found.stdout)["cases"][0], took


def key(strategy):
    return tuple(sorted(strategy["parameters"].items()))


def value(strategy, name):
    return strategy[name]["value"]


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--grid", choices=GRIDS, default="small")
    options.add_argument("--seeds", type=int, nargs=2, default=[1, 100])
    options.add_argument("--replications", type=int, default=200)
    options.add_argument("--truth", type=int, default=2000)
    options.add_argument("--truth-file", type=Path)
    options.add_argument("--program", default=ROOT / "target/release/rollcast")
    options.add_argument("--only-truth", action="store_true")
    options = options.parse_args()
    if options.truth_file and options.truth_file.exists():
        truth = json.loads(options.truth_file.read_text())
    else:
        case, took = ask(options.program, options.grid, 987654, options.truth, "--exhaustive", "--ceiling", "200",
                         unavailable="[0, 1]")
        truth = [one for one in case["strategies"] if one["eligible"]]
        print(f"truth: {len(truth)} strategies, {options.truth} replications each, {took:.0f} s", flush=True)
        if options.truth_file:
            options.truth_file.write_text(json.dumps(truth))
    if options.only_truth:
        return
    zone = 10.0 if options.grid == "small" else 15.0
    limit = 10 * zone
    floor = 0.75 * GRIDS[options.grid][0]
    meets = [one for one in truth if value(one, "duration_s_p95") is not None
             and value(one, "duration_s_p95") <= limit and value(one, "min_available_p05") >= floor
             and value(one, "stalled_rate") <= 0.05]
    fastest = min(value(one, "duration_s_p95") for one in meets)
    zoned = [one for one in meets if value(one, "duration_s_p95") <= fastest + zone]
    most = max(value(one, "min_available_p05") for one in zoned)
    best = [one for one in zoned if value(one, "min_available_p05") >= most]
    least = min(value(one, "surge_pod_seconds_mean") for one in best)
    print(f"{len(meets)} of {len(truth)} meet the objectives, {len(zoned)} of them within {zone} s of {fastest:.1f} s, "
          f"{len(best)} of these keep {most:.0f} pods; least surge {least:.1f}", flush=True)
    by_key = {key(one): one for one in truth}
    counts = dict(answers=0, meets=0, zone=0, available=0, surge5=0, surge10=0, held=0.0, rollouts=0, seconds=0.0)
    seeds = range(options.seeds[0], options.seeds[1] + 1)
    for seed in seeds:
        # What the promise takes does not change the choice.
        case, took = ask(options.program, options.grid, seed, options.replications, "--ceiling", "200")
        counts["seconds"] += took
        search = case["search"]
        counts["rollouts"] += search["looks"] * search["replications"] + search["finalists"] * options.replications
        counts["held"] += search["held"]
        if case["recommended"] is None:
            continue
        counts["answers"] += 1
        one = by_key.get(key(case["strategies"][case["recommended"]["strategy"]]))
        if one is None:
            print(seed, "recommends what cannot meet the objectives", flush=True)
            continue
        qualified = any(one is other for other in meets)
        in_zone = qualified and value(one, "duration_s_p95") <= fastest + zone
        available = in_zone and value(one, "min_available_p05") >= most
        surge = value(one, "surge_pod_seconds_mean")
        counts["meets"] += qualified
        counts["zone"] += in_zone
        counts["available"] += available
        counts["surge5"] += available and surge <= 1.05 * least
        counts["surge10"] += available and surge <= 1.10 * least
        print(seed, dict(key(one)), f"p95 {value(one, 'duration_s_p95'):.1f} available {value(one, 'min_available_p05'):.0f} "
              f"surge {surge:.1f} held {search['held']} looks {search['looks']} {took:.1f} s", flush=True)
    n = len(seeds)
    print(f"{n} seeds: {counts['answers']} answers; meet the objectives {counts['meets']}, in the zone {counts['zone']}, "
          f"right {counts['available']}, extra pods within 5 % {counts['surge5']}, within 10 % {counts['surge10']}; "
          f"held {counts['held'] / n:.3f}, rollouts before the promise {counts['rollouts'] / n:.0f}, "
          f"{counts['seconds'] / n:.1f} s")


if __name__ == "__main__":
    main()
