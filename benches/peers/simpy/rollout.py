"""A rollout as a user of SimPy would model it, for the comparison of speed and of certainty with rollcast.

    python3 rollout.py WORKLOAD [--replicas N] [--never-ready SHARE] [--rollouts N] [--seed N]

WORKLOAD is `workload` (benches/workload.yaml) or `first-look` (experiments/first-look.yaml, scenario 2: 25 % and 25 %).
Prints one object: CPU seconds of the simulation (start-up of Python left out), and what came of the rollouts.

What is modelled: the window of maxSurge and maxUnavailable; for each pod its draws of image pull (one at a time on a
node), start-up, warm-up and readiness probe, crash and restart, termination; minReadySeconds with the API's whole seconds;
pods that are never Ready, and the stall after progressDeadlineSeconds; the loss of a node. Nothing decides: the control
plane is one constant length of time from a pod that became available to the next one that starts, read off rollcast's
event log. Metrics: duration, stall, dip and surge in pod-seconds.
Not modelled: controllers, watches, conflicts, scheduling, a second lost node, and rollcast's other metrics.
"""

import argparse
import json
import math
import random
import time

import simpy

NEVER = math.inf
Z99 = 2.3263478740408408


class Workload:
    """What differs between the two workloads."""

    def __init__(self, start, horizon, **values):
        self.replicas, self.surge, self.unavailable = 10, 3, 2
        self.start = lognormal(*start)
        self.horizon, self.deadline = horizon, 600.0
        self.warm_up = self.pull = self.loss = None
        self.min_ready = 0.0
        self.never_ready = 0.0
        self.__dict__.update(values)

    def resized(self, replicas):
        """25 % and 25 % of another number of replicas; as many nodes as before."""
        self.replicas, self.surge, self.unavailable = replicas, math.ceil(replicas / 4), replicas // 4


def lognormal(p50, p99):
    """The parameters of random.lognormvariate from two percentiles."""
    return math.log(p50), math.log(p99 / p50) / Z99


TERMINATION = lognormal(2, 12)


def workloads():
    return {
        # Lengths of the control plane: to the first pods, to the pods that maxUnavailable allows, from an available pod to the
        # start of the next, from the last available pod to the end.
        "workload": Workload(
            (8, 30), 6 * 3600.0, min_ready=10.0, termination=lambda luck: 2.0, crash=0.02, crash_after=lambda luck: 5.0, nodes=10,
            loss={"mean": 30 * 86400.0, "detection": 50.0, "toleration": 300.0}, lags=(0.038, 0.078, 0.050, 0.015),
        ),
        "first-look": Workload(
            (2, 4.5), 3600.0, crash=0.01, crash_after=lambda luck: luck.uniform(2, 15), nodes=8,
            termination=lambda luck: 5 + min(25.0, luck.lognormvariate(*TERMINATION)),
            warm_up=lognormal(20, 60), probe_period=5.0, pull=(0.4, math.log(250 / 40), 0.7), lags=(0.061, 0.110, 0.092, 0.035),
        ),
    }


class Rollout:
    """One rollout. `end` is NEVER where it stalls and stays so; `duration` is then the horizon."""

    def __init__(self, workload, luck):
        self.env = simpy.Environment()
        self.workload, self.luck = workload, luck
        self.old, self.created, self.available = workload.replicas, 0, 0
        self.phase = luck.random()
        self.order = list(range(workload.nodes))
        self.on_node = [[] for _ in range(workload.nodes)]
        self.queues = [simpy.Resource(self.env) for _ in range(workload.nodes)] if workload.pull else None
        self.has_image = [False] * workload.nodes
        self.end, self.progress, self.gap = NEVER, 0.0, 0.0
        self.on_nodes = workload.replicas
        self.dip, self.surge, self.since = 0.0, 0.0, 0.0
        first, second, self.react, self.report = workload.lags
        self.remove_old(workload.unavailable)
        self.create(workload.surge, first)
        self.create(workload.unavailable, second)
        if workload.loss:
            self.env.process(self.node_loss())
        self.env.run()
        if self.end == NEVER:
            self.account(workload.horizon)
        self.duration = min(self.end, workload.horizon)
        self.stalled = max(self.gap, self.duration - self.progress) > workload.deadline

    def account(self, now):
        """Adds the missing pods and those above the desired ones since the last change."""
        length, replicas = now - self.since, self.workload.replicas
        self.dip += max(0, replicas - self.old - self.available) * length
        self.surge += max(0, self.on_nodes - replicas) * length
        self.since = now

    def moved(self):
        self.gap = max(self.gap, self.env.now - self.progress)
        self.progress = self.env.now

    def remove_old(self, count):
        self.account(self.env.now)
        self.old -= count
        for _ in range(count):
            self.env.process(self.terminated())

    def terminated(self):
        yield self.env.timeout(self.workload.termination(self.luck))
        self.account(self.env.now)
        self.on_nodes -= 1

    def create(self, count, after):
        for _ in range(count):
            # Every node gets a pod before one gets another; then chance decides which.
            place = self.created % self.workload.nodes
            if place == 0 and self.created:
                self.luck.shuffle(self.order)
            node = self.order[place]
            self.created += 1
            self.on_node[node].append(self.env.process(self.pod(node, after)))

    def became_available(self):
        self.account(self.env.now)
        self.available += 1
        self.moved()
        w = self.workload
        if self.available == w.replicas:
            self.end = self.env.now + self.report
            return
        self.remove_old(max(0, self.old - max(0, w.replicas - w.unavailable - self.available)))
        self.create(min(w.replicas, w.replicas + w.surge - self.old) - self.created, self.react)

    def lost_available(self):
        self.account(self.env.now)
        self.available -= 1

    def pod(self, node, after):
        while True:
            try:
                yield from self.life(node, after)
                return
            except simpy.Interrupt:
                # Evicted from a lost node, and created again on another.
                self.account(self.env.now)
                self.on_nodes -= 1
                loss = self.workload.loss
                yield self.env.timeout(loss["detection"] + loss["toleration"])
                node, after = (node + 1) % self.workload.nodes, self.react

    def life(self, node, after):
        env, w, luck = self.env, self.workload, self.luck
        yield env.timeout(after)
        self.account(env.now)
        self.on_nodes += 1
        if w.pull:
            yield from self.pulled(node)
        never_ready = luck.random() < w.never_ready
        crashes = 0
        while True:
            yield env.timeout(luck.lognormvariate(*w.start))
            started = env.now
            exits = started + w.crash_after(luck) if luck.random() < w.crash else NEVER
            ready = NEVER if never_ready else self.ready_at(started)
            if ready < exits:
                yield env.timeout(ready - started)
                self.moved()
                available = self.available_at(ready)
                if available < exits:
                    if available > ready:
                        yield env.timeout(available - ready)
                    self.became_available()
                    if exits < NEVER:
                        yield env.timeout(exits - env.now)
                        if self.end < NEVER:
                            return
                        self.lost_available()
            if exits == NEVER:
                return
            yield env.timeout(exits - env.now)
            if crashes:
                yield env.timeout(10 * 2 ** (crashes - 1) * luck.uniform(1, 1.5))
            crashes += 1

    def pulled(self, node):
        fixed, mu, sigma = self.workload.pull
        with self.queues[node].request() as turn:
            yield turn
            if not self.has_image[node]:
                yield self.env.timeout(fixed + self.luck.lognormvariate(mu, sigma))
                self.has_image[node] = True

    def ready_at(self, started):
        w = self.workload
        if not w.warm_up:
            return started
        warm = self.luck.lognormvariate(*w.warm_up)
        # The first check comes a second after the container runs, the others with the period of the probe.
        return started + 1 + w.probe_period * max(0, math.ceil((warm - 1) / w.probe_period))

    def available_at(self, ready):
        """minReadySeconds after the whole second in which the pod became Ready: the API stores no fractions."""
        w = self.workload
        return max(ready, math.floor(ready + self.phase) - self.phase + w.min_ready) if w.min_ready else ready

    def node_loss(self):
        env, w = self.env, self.workload
        after = self.luck.expovariate(w.nodes / w.loss["mean"])
        if after > w.horizon:
            return
        yield env.timeout(after)
        if self.end < NEVER:
            return
        node, had_old = self.luck.randrange(w.nodes), self.luck.random() < self.old / w.replicas
        before = self.available
        for process in self.on_node[node]:
            if process.is_alive:
                process.interrupt()
        yield env.timeout(w.loss["detection"])
        if self.end < NEVER or self.available < before:
            return
        for process in self.on_node[node]:
            if not process.is_alive:
                self.lost_available()
                self.created -= 1
                self.create(1, w.loss["toleration"])
        if had_old and self.old:
            self.remove_old(1)
            self.create(min(w.replicas, w.replicas + w.surge - self.old) - self.created, self.react)


def simulate(workload, rollouts, seed):
    """Durations, dips, surges and stalls of `rollouts` rollouts, and the CPU time they took."""
    luck = random.Random(seed)
    before = time.process_time()
    found = []
    for _ in range(rollouts):
        rollout = Rollout(workload, luck)
        found.append((rollout.duration, rollout.dip, rollout.surge, rollout.stalled))
    return found, time.process_time() - before


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("workload", choices=sorted(workloads()))
    arguments.add_argument("--replicas", type=int, default=10)
    arguments.add_argument("--never-ready", type=float, default=0.0)
    arguments.add_argument("--rollouts", type=int, default=10_000)
    arguments.add_argument("--seed", type=int, default=1)
    options = arguments.parse_args()
    workload = workloads()[options.workload]
    workload.resized(options.replicas)
    workload.never_ready = options.never_ready
    found, cpu = simulate(workload, options.rollouts, options.seed)
    durations = sorted(duration for duration, _, _, _ in found)
    mean = sum(durations) / len(durations)
    print(json.dumps({
        "cpu_seconds": cpu,
        "rollouts": len(found),
        "restricted_mean_duration_s": mean,
        "p95_duration_s": durations[math.ceil(0.95 * len(durations)) - 1],
        "mean_dip_pod_seconds": sum(dip for _, dip, _, _ in found) / len(found),
        "mean_surge_pod_seconds": sum(surge for _, _, surge, _ in found) / len(found),
        "stalled_rate": sum(stalled for _, _, _, stalled in found) / len(found),
    }))


if __name__ == "__main__":
    main()
