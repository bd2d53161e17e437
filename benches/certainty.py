"""CPU seconds to a certainty: rollcast, plain, stratified and with a control variate, beside a SimPy model of the same rollouts.

    benches/certainty.sh [--groups 200] [--size 1000] [--many 20480] [--program target/release/rollcast]

For an estimator T of n rollouts, n rollouts more make Var T smaller in proportion, so that v = n Var T, the variance for one
rollout, says how good it is. v is measured from independent groups: --groups groups of --size rollouts, each with a seed of
its own, so that nothing is assumed of the rollouts inside a group (those of a stratified group depend on each other). Where
rollouts are independent, v of a mean and of a rate is known better from inside the groups: the squared standard deviation, and
p (1 - p). With the cost c of one rollout in CPU seconds, the seconds until 95 of 100 estimates are within h of the truth are

    seconds = c n,   n = v (1.96 / h)^2

Stratified rollouts are measured twice: in groups of --size, and in groups of --many. An event of 1 % is in every stratified
sample only where that has many more than a hundred rollouts, and ten thousands are what the goals need; --many is 20 samples of 1,024.
A control variate (sampling: controlled) is for the mean alone; its other columns show what it costs.

h is 1 % of the mean time to completion, 1 % of its 95th percentile, and 0.1 percentage points of a stall rate of 1 %, which
pods.new.neverReady of 0.1 % gives with ten pods. v from groups has a relative standard error of sqrt(2 / (groups - 1)),
10 % with 200 groups.

c is user time: of rollcast the difference of a run of 100,000 rollouts and one of 1,000, on one thread, all statistics and
nothing but the answer written; of SimPy the time that its own process counts around its rollouts. That favours SimPy: its
program starts, reads and summarises for nothing. What the model in SimPy leaves out stands in benches/peers/simpy/rollout.py.

Both must estimate the same. The last table has the differences of the estimates in standard errors (z) and in percent.
"""

import argparse
import json
import math
import pathlib
import resource
import statistics
import subprocess
import sys

HERE = pathlib.Path(__file__).parent
sys.path.insert(0, str(HERE / "peers/simpy"))
import rollout  # noqa: E402 (the path comes first)

Z95 = 1.959963984540054
NEVER_READY = 0.001
EXPERIMENTS = {
    "workload": ["benches/workload.yaml"],
    "first-look": ["experiments/first-look.yaml", "--scenario", "2"],
}
GOALS = {
    "mean time to completion, ±1 %": ("duration_s", "restricted_mean", 0.0),
    "p95 of it, ±1 %": ("duration_s", "p95", 0.0),
    "stall rate of 1 %, ±0.1 points": ("stalled_rate", "rate", NEVER_READY),
}
COST_RUNS = (1_000, 101_000)


def user_seconds(act):
    """What `act` gives, and the user time of the processes that it waited for."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    return act(), resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before


class Rollcast:
    """One of the samplings of rollcast."""

    def __init__(self, program, sampling, size):
        self.program = program
        self.size = size
        self.independent = sampling == "plain"
        self.sampling = ["--set", f"sampling={sampling}"]

    def ask(self, experiment, never_ready, replications, seed):
        command = [self.program, "run", *EXPERIMENTS[experiment], "--replications", str(replications), "--seed", str(seed)]
        command += [*self.sampling, "--set", f"pods.new.neverReady={never_ready}", "--threads", "1", "--quiet", "--format", "json"]
        done = subprocess.run(command, cwd=HERE.parent, capture_output=True, text=True)
        if done.returncode not in (0, 1):
            raise OSError(done.stderr.strip())
        return {(row["metric"], row["statistic"]): row["value"] for row in json.loads(done.stdout)["statistics"]}

    def refuses(self):
        """Why this build does not know the sampling; None where it does."""
        try:
            self.ask("workload", 0, 1_000, 1)
        except OSError as error:
            if not self.independent:
                return str(error).splitlines()[0]
            # A build without the key samples plainly.
            self.sampling = []
        return None

    def cost(self, experiment, never_ready):
        """CPU seconds of a rollout: the least of three tries, since noise only ever adds time."""
        time = lambda n: min(user_seconds(lambda: self.ask(experiment, never_ready, n, 1))[1] for _ in range(3))
        few, many = COST_RUNS
        return (time(many) - time(few)) / (many - few)

    def groups(self, experiment, never_ready, groups):
        return [self.ask(experiment, never_ready, self.size, seed) for seed in range(1, groups + 1)]


class SimPy:
    """The model in benches/peers/simpy."""

    independent = True

    def __init__(self, size):
        self.size = size

    def refuses(self):
        return None

    def workload(self, experiment, never_ready):
        workload = rollout.workloads()[experiment]
        workload.never_ready = never_ready
        return workload

    def cost(self, experiment, never_ready):
        workload = self.workload(experiment, never_ready)
        return min(rollout.simulate(workload, 4_000, seed)[1] for seed in (1, 2, 3)) / 4_000

    def groups(self, experiment, never_ready, groups):
        workload = self.workload(experiment, never_ready)
        return [summarised(rollout.simulate(workload, self.size, seed)[0]) for seed in range(1, groups + 1)]


def summarised(found):
    durations = sorted(duration for duration, _, _, _ in found)
    return {
        ("duration_s", "sd"): statistics.stdev(durations),
        ("duration_s", "restricted_mean"): statistics.fmean(durations),
        ("duration_s", "p95"): durations[math.ceil(0.95 * len(durations)) - 1],
        ("stalled_rate", "rate"): statistics.fmean(stalled for _, _, _, stalled in found),
    }


class Result:
    """What one simulator needs for one goal."""

    def __init__(self, estimates, inside, cost, size, half):
        """`inside`: the variance of one rollout from inside the groups; None where only their estimates tell."""
        self.mean = statistics.fmean(estimates)
        self.variance = size * statistics.variance(estimates) if inside is None else inside
        self.error = math.sqrt(self.variance / size / len(estimates))
        self.cost = cost
        self.rollouts = self.variance * (Z95 / half(self.mean)) ** 2
        self.seconds = cost * self.rollouts


def measure(simulators, options):
    """Results by experiment, goal and simulator."""
    found = {}
    for experiment in EXPERIMENTS:
        for never_ready in (0.0, NEVER_READY):
            goals = {goal: figure for goal, figure in GOALS.items() if figure[2] == never_ready}
            for name, simulator in simulators.items():
                cost = simulator.cost(experiment, never_ready)
                groups = simulator.groups(experiment, never_ready, options.groups)
                for goal, (metric, statistic, _) in goals.items():
                    half = (lambda _: 0.001) if metric == "stalled_rate" else (lambda value: 0.01 * value)
                    estimates = [group[metric, statistic] for group in groups]
                    inside = variance_inside(groups, statistic) if simulator.independent else None
                    found[experiment, goal, name] = Result(estimates, inside, cost, simulator.size, half)
    return found


def variance_inside(groups, statistic):
    """The variance of one of several independent rollouts; None of a statistic that is no mean."""
    if statistic == "restricted_mean":
        return statistics.fmean(group["duration_s", "sd"] ** 2 for group in groups)
    if statistic == "rate":
        rate = statistics.fmean(group["stalled_rate", "rate"] for group in groups)
        return rate * (1 - rate)
    return None


def print_tables(found, simulators, options):
    print(f"CPU seconds (rollouts needed), {options.groups} groups of {options.size} rollouts, of the second stratified {options.many}")
    own = [name for name in simulators if name != "SimPy"]
    print("| experiment, goal | " + " | ".join([*simulators, *(f"SimPy / {name}" for name in own)]) + " |")
    print("|---|" + "---:|" * (len(simulators) + len(own)))
    for experiment in EXPERIMENTS:
        for goal in GOALS:
            results = {name: found[experiment, goal, name] for name in simulators}
            cells = [f"{result.seconds:.3g} ({result.rollouts:,.0f})" for result in results.values()]
            cells += [f"{results['SimPy'].seconds / results[name].seconds:.1f}" for name in own]
            print(f"| {experiment}: {goal} | " + " | ".join(cells) + " |")
    print()
    print("| experiment, figure | rollcast plain | SimPy | difference, % | z | CPU µs of a rollout: rollcast | SimPy |")
    print("|---|---:|---:|---:|---:|---:|---:|")
    for experiment in EXPERIMENTS:
        for goal in GOALS:
            ours, theirs = (found[experiment, goal, name] for name in ("rollcast plain", "SimPy"))
            z = (theirs.mean - ours.mean) / math.hypot(ours.error, theirs.error)
            percent = 100 * (theirs.mean / ours.mean - 1)
            print(f"| {experiment}: {goal.split(',')[0]} | {ours.mean:.5g} | {theirs.mean:.5g} | {percent:+.2f} | {z:+.1f} | "
                  f"{ours.cost * 1e6:.1f} | {theirs.cost * 1e6:.0f} |")


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--groups", type=int, default=200)
    arguments.add_argument("--size", type=int, default=1_000)
    arguments.add_argument("--many", type=int, default=20_480)
    arguments.add_argument("--program", default="target/release/rollcast")
    options = arguments.parse_args()
    program = str(pathlib.Path(options.program).resolve())
    simulators = {
        "rollcast plain": Rollcast(program, "plain", options.size),
        "rollcast stratified": Rollcast(program, "stratified", options.size),
        f"rollcast stratified, {options.many:,}": Rollcast(program, "stratified", options.many),
        "rollcast controlled": Rollcast(program, "controlled", options.size),
        "SimPy": SimPy(options.size),
    }
    for name, simulator in list(simulators.items()):
        why = simulator.refuses()
        if why:
            print(f"skipped: {name}: {why}")
            del simulators[name]
    print_tables(measure(simulators, options), simulators, options)


if __name__ == "__main__":
    main()
