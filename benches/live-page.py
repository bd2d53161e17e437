#!/usr/bin/env python3
"""How long the page of `rollcast serve` waits for an answer, over HTTP: the table in docs/performance.md.

    cargo build --release --locked && benches/live-page.py [REPLICATIONS ...]

Each request has other settings, so that no answer can be one that was there before. The first five are not counted: they
start threads and fill caches. Times are those on the wall, from the first byte sent until the last one came.
"""
import http.client
import itertools
import json
import pathlib
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
PROGRAM = ROOT / "target/release/rollcast"
INPUT = ROOT / "tests/fixtures/serve/orders.yaml"
REQUESTS = 200
WARM_UP = 5


def settings():
    """Strategies, minReadySeconds, start-up times, replicas and nodes, in turn."""
    strategies = itertools.product(["1", "2", "25%", "50%", "75%", "100%"], ["0", "1", "25%"])
    for number, (surge, unavailable) in enumerate(itertools.cycle(list(strategies))):
        yield {
            "maxSurge": surge,
            "maxUnavailable": unavailable,
            "minReadySeconds": str(number % 31),
            "startUp": str(0.5 + number % 7 * 0.25),
            "replicas": str(10 + number % 3),
            "nodes2": str(3 + number % 4),
        }


def measure(replications):
    server = subprocess.Popen(
        [PROGRAM, "serve", INPUT, "--port", "0", "--quiet", "--replications", str(replications)],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        port = int(server.stdout.readline().rsplit(":", 1)[1].strip("/\n"))
        connection = http.client.HTTPConnection("127.0.0.1", port)
        times, bytes_ = [], 0
        for number, values in zip(range(REQUESTS + WARM_UP), settings()):
            body = json.dumps({"page": "measure", "number": number, "values": values})
            start = time.perf_counter()
            connection.request("POST", "/forecast", body, {"Content-Type": "application/json"})
            response = connection.getresponse()
            answer = response.read()
            times.append((time.perf_counter() - start) * 1e3)
            assert response.status == 200, answer
            found = json.loads(answer)
            assert found["result"]["replications"] == replications and found["pods"], values
            assert found["levels"] or found["levels_said"], values
            bytes_ = max(bytes_, len(answer))
        times = sorted(times[WARM_UP:])
        at = lambda share: times[min(len(times) - 1, int(share * len(times)))]
        print(f"| {replications:,} | {at(0.5):.0f} | {at(0.95):.0f} | {times[-1]:.0f} | {bytes_ // 1024} |")
    finally:
        server.kill()
        server.wait()


print(f"| rollouts a point | p50, ms | p95, ms | longest of {REQUESTS}, ms | KiB of the longest answer |")
print("|---:|---:|---:|---:|---:|")
for count in map(int, sys.argv[1:] or ["200", "1000", "4000"]):
    measure(count)
