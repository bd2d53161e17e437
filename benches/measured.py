"""Whether limits with `measured` hold the truth behind the measurements, through the command.

    python3 benches/measured.py --program target/release/rollcast [--seeds 200] [--values 26] [--replicas 3] [--replications 200]
    python3 benches/measured.py --twin [--seeds 300] [--values 26]
    python3 benches/measured.py --eta --program target/release/rollcast [--seeds 200]

For each seed, start-up and warm-up times of --values pods are drawn from distributions that are known, fitted by
`rollcast fit`, and the experiment with what it prints is run. Counted is how often the limits of a figure hold its value with
the known distributions (20,000 rollouts with another seed), once those that `run` prints and once those that the
rollouts alone would give (`input_uncertainty` in the answer). The standard error of a share of 95 % from 200 seeds is
1.5 points.

--twin does the same without the program: a rollout is --replicas start-ups one after the other, the fit is that of exact
lognormal values, and the draws and limits are made as docs/methods.md says, in the few lines below.

--eta asks the same of `rollcast eta`: eight pods of a recorded snapshot get start-up times drawn from distributions that are known, two more
have begun to start a second ago. Counted is how often the time that those two take lies between p05 and p95 of the time left, which
should be nine times in ten."""

import argparse
import datetime
import json
import math
import random
import subprocess
import sys
import tempfile
from pathlib import Path

START = (2.7, 0.5)
WARM_UP = (19.0, 0.35)
FIGURES = [("duration_s", "p50"), ("duration_s", "p95"), ("longest_progress_gap_s", "p95")]


def experiment(replicas, start, warm_up):
    container = "{name: app, image: app, readinessProbe: {tcpSocket: {port: 80}, periodSeconds: 1}}"
    return (
        f"deployment: {{metadata: {{name: web}}, spec: {{replicas: {replicas}, strategy: {{rollingUpdate: {{maxSurge: 1, "
        f"maxUnavailable: 0}}}}, template: {{spec: {{containers: [{container}]}}}}}}}}\n"
        f"pods: {{start: {start}, pull: 0s, termination: 1s, warmUp: {warm_up}}}\n"
    )


def answer(program, *arguments):
    done = subprocess.run([program, *arguments, "--format", "json", "--quiet"], capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(done.stderr)
    return json.loads(done.stdout)


def figures(lines):
    return {(line["metric"], line["statistic"]): line for line in lines}


def exact_fit(values):
    mean = sum(values) / len(values)
    return mean, math.sqrt(sum((value - mean) ** 2 for value in values) / len(values))


def twin(asked, draws=32, of_a_draw=100):
    """How often the limits of the twin hold the truth, with the measurements and without."""
    student = 2.0369333  # 32 degrees of freedom
    numbers = random.Random(asked.values)
    truth_of = [(math.log(median), sigma) for median, sigma in (START, WARM_UP)]

    def normals(rollouts):
        return [[[numbers.gauss(0, 1) for _ in truth_of] for _ in range(asked.replicas)] for _ in range(rollouts)]

    def durations(rollouts, parameters):
        one = lambda pod: sum(math.exp(mu + sigma * z) for (mu, sigma), z in zip(parameters, pod))
        return [sum(one(pod) for pod in pods) for pods in rollouts]

    def figures_of(values):
        ordered = sorted(values)
        quantile = lambda q: ordered[math.ceil(q * len(ordered)) - 1]
        return {"mean": sum(ordered) / len(ordered), "p50": quantile(0.5), "p95": quantile(0.95)}

    truth = figures_of(durations(normals(60000), truth_of))
    held = {figure: [0, 0] for figure in truth}
    for _ in range(asked.seeds):
        fitted = [exact_fit([numbers.gauss(mu, sigma) for _ in range(asked.values)]) for mu, sigma in truth_of]
        rollouts = normals(asked.replications)
        values = durations(rollouts, fitted)
        base, squares = figures_of(values[:of_a_draw]), dict.fromkeys(truth, 0.0)
        for _ in range(draws):
            drawn, degrees = [], asked.values - 2
            for mu, sigma in fitted:
                known = numbers.gammavariate(degrees / 2, 2) / degrees
                factor = math.sqrt(asked.values / degrees / known)
                width = factor / math.sqrt(2 * asked.values) * numbers.gauss(0, 1)
                drawn.append((mu + factor * sigma / math.sqrt(asked.values) * numbers.gauss(0, 1), sigma * math.exp(width)))
            found = figures_of(durations(rollouts[:of_a_draw], drawn))
            for figure in squares:
                squares[figure] += (found[figure] - base[figure]) ** 2 / draws
        estimates, ordered, n = figures_of(values), sorted(values), len(values)
        spread = 1.97 * math.sqrt(sum((value - estimates["mean"]) ** 2 for value in values) / (n - 1) / n)
        sides = {"mean": (spread, spread)}
        for figure, q in (("p50", 0.5), ("p95", 0.95)):
            far = 1.96 * math.sqrt(n * q * (1 - q))
            low, high = max(math.floor(n * q - far), 1), min(math.ceil(n * q + far) + 1, n)
            sides[figure] = (estimates[figure] - ordered[low - 1], ordered[high - 1] - estimates[figure])
        for figure, counts in held.items():
            inputs, (down, up), off = student * math.sqrt(squares[figure]), sides[figure], truth[figure] - estimates[figure]
            counts[0] += -math.hypot(down, inputs) <= off <= math.hypot(up, inputs)
            counts[1] += -down <= off <= up
    return held


def snapshot_of(seed):
    """The recorded snapshot with other times of the pods that are Ready: bound a minute earlier, then start and warm-up."""
    numbers = random.Random(seed)
    place = Path(__file__).resolve().parent.parent / "tests/recordings/snapshots/11-rollback.json"
    snapshot = json.loads(place.read_text())
    written = "%Y-%m-%dT%H:%M:%SZ"
    for pod in (item for item in snapshot["items"] if item["kind"] == "Pod"):
        conditions = {condition["type"]: condition for condition in pod["status"].get("conditions", [])}
        if conditions.get("Ready", {}).get("status") != "True":
            continue
        bound = datetime.datetime.strptime(conditions["PodScheduled"]["lastTransitionTime"], written)
        bound -= datetime.timedelta(minutes=1)
        start, warm_up = (median * math.exp(sigma * numbers.gauss(0, 1)) for median, sigma in (START, WARM_UP))
        running = bound + datetime.timedelta(seconds=start)
        at = [instant.strftime(written) for instant in (bound, running, running + datetime.timedelta(seconds=warm_up))]
        for name, condition in conditions.items():
            condition["lastTransitionTime"] = at[2] if name in ("Ready", "ContainersReady") else at[0]
        pod["metadata"]["creationTimestamp"] = pod["status"]["startTime"] = at[0]
        for container in pod["status"]["containerStatuses"]:
            container["state"] = {"running": {"startedAt": at[1]}}
    return snapshot


def time_left(numbers):
    """What the last of two pods takes that began to start a second ago and do not run yet."""
    def one():
        while (start := START[0] * math.exp(START[1] * numbers.gauss(0, 1))) <= 1:
            pass
        return start + WARM_UP[0] * math.exp(WARM_UP[1] * numbers.gauss(0, 1)) - 1
    return max(one(), one())


def eta(asked):
    below, above, width = 0, 0, 0.0
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "snapshot.json"
        for seed in range(1, asked.seeds + 1):
            file.write_text(json.dumps(snapshot_of(seed)))
            found = subprocess.run([asked.program, "eta", str(file), "-o", "json"], capture_output=True, text=True)
            forecast = json.loads(found.stdout)["forecast"]
            low, high = (forecast[name]["value"] for name in ("p05_s", "p95_s"))
            left = time_left(random.Random(1_000_000 + seed))
            below, above, width = below + (left < low), above + (left > high), width + high - low
    inside = 100 * (1 - (below + above) / asked.seeds)
    print(f"{asked.seeds} snapshots: {inside:.1f} % between p05 and p95, {below} below, {above} above; {width / asked.seeds:.1f} s in the mean")


def report(held, asked):
    for name, (both, alone) in held.items():
        shares = f"{100 * both / asked.seeds:.1f} % with the measurements, {100 * alone / asked.seeds:.1f} % without"
        print(f"{name}, {asked.values} values, {asked.seeds} seeds: {shares}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--program", default="target/release/rollcast")
    parser.add_argument("--seeds", type=int, default=200)
    parser.add_argument("--values", type=int, default=26)
    parser.add_argument("--replicas", type=int, default=3)
    parser.add_argument("--replications", type=int, default=200)
    parser.add_argument("--twin", action="store_true")
    parser.add_argument("--eta", action="store_true")
    asked = parser.parse_args()
    if asked.eta:
        eta(asked)
        return
    if asked.twin:
        report(twin(asked), asked)
        return
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        written = [f"{{lognormal: {{median: {median}s, sigma: {sigma}}}}}" for median, sigma in (START, WARM_UP)]
        (place / "truth.yaml").write_text(experiment(asked.replicas, *written))
        run = ["run", str(place / "truth.yaml"), "--seed", "999", "--replications", "20000"]
        truth = {name: line["value"] for name, line in figures(answer(asked.program, *run)["statistics"]).items()}
        held = {figure: [0, 0] for figure in FIGURES}
        for seed in range(1, asked.seeds + 1):
            numbers, fitted = random.Random(seed), []
            for name, (median, sigma) in (("start_s", START), ("warm_up_s", WARM_UP)):
                rows = [f"{math.exp(math.log(median) + sigma * numbers.gauss(0, 1))}\n" for _ in range(asked.values)]
                (place / f"{name}.csv").write_text(name + "\n" + "".join(rows))
                found = answer(asked.program, "fit", str(place / f"{name}.csv"))
                fitted.append(found["samples"][0]["distribution"])
            (place / "fitted.yaml").write_text(experiment(asked.replicas, *fitted))
            run = ["run", str(place / "fitted.yaml"), "--seed", str(seed), "--replications", str(asked.replications)]
            found = answer(asked.program, *run)
            both, alone = figures(found["statistics"]), figures(found["input_uncertainty"]["statistics"])
            for figure, counts in held.items():
                line, simulated = both[figure], alone[figure]
                counts[0] += line["low"] <= truth[figure] <= line["high"]
                counts[1] += simulated["simulated_low"] <= truth[figure] <= simulated["simulated_high"]
        report({f"{statistic} {metric}": counts for (metric, statistic), counts in held.items()}, asked)


main()
