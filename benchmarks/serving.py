"""The server of ``labkit serve`` beside the same application on TensorFlow: memory, requests per second, latencies.

    python benchmarks/serving.py measure [--seconds 10 --rounds 3 --requests 10000]

Each variant runs in a process of its own and is asked, over HTTP, for PNG grids (8 pictures, ever new seeds) by 1, 8
and 64 clients with persistent connections, which run in a third process. The variants are asked in turns, and the
median round counts, so that what else the machine does hits both. Measured: what the server's process holds at the
start and at most; requests per second; the 50th and the 99th percentile of the time to the last byte; the processor
time of a request, which a busy machine changes least; how the memory grows over --requests requests; whether 1 GiB is
enough.
"""

import contextlib
import http.client
import multiprocessing
import statistics
import sys
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path

import arms as engine
import numpy as np
import psutil

from labkit import files, serving
from labkit.serving import export
from labkit.serving.server import LIMITS

KEY, GIB = "cifar-dcgan", 2**30
QUERY = "/api/v1/images?n=8&seed={}&format=png"


def on_tensorflow():
    """Serve as ``labkit serve`` does, computed by TensorFlow; the generator is traced once for each n."""
    from labkit import device

    device.quiet_tensorflow()
    import tensorflow as tf
    import waitress

    from labkit.models import weights
    from labkit.serving.app import create_app

    network = weights.load(KEY)
    draw = tf.function(lambda latents: network(latents, training=False), reduce_retracing=True)
    found = export.offered()[KEY]
    draw(tf.zeros((8, found.latent_dim)))

    def engine(key, latents):
        return draw(tf.constant(latents)).numpy().reshape(-1, *found.image_shape)

    server = waitress.create_server(create_app({KEY: found}, engine), host="127.0.0.1", port=0, **LIMITS)
    print(f"TensorFlow at http://127.0.0.1:{server.effective_port}/", flush=True)
    server.run()


def clients(port, count, seconds, seed):
    """Ask with so many clients for so long; return the latencies in ms and what was answered."""
    end = time.perf_counter() + seconds

    def one(number):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        taken, first = [], seed + 1_000_000 * number
        while time.perf_counter() < end:
            begun = time.perf_counter()
            connection.request("GET", QUERY.format(first + len(taken)))
            answer = connection.getresponse()
            answer.read()
            taken.append((1000 * (time.perf_counter() - begun), answer.status))
        connection.close()
        return taken

    begun = time.perf_counter()
    with ThreadPoolExecutor(count) as pool:
        taken = [each for part in pool.map(one, range(count)) for each in part]
    return {"ms": [ms for ms, _ in taken], "answers": Counter(str(status) for _, status in taken),
            "seconds": time.perf_counter() - begun}


def asked(server, count, seconds, seed):
    """Let ``count`` clients ask the server; return rate, percentiles and statuses."""
    port, before = int(server.url.rsplit(":", 1)[1].strip("/")), processor(server)
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as process:
        told = process.submit(clients, port, count, seconds, seed).result()
    return {"clients": count, "requests_per_second": round(len(told["ms"]) / told["seconds"], 1),
            "p50_ms": round(float(np.percentile(told["ms"], 50)), 1),
            "p99_ms": round(float(np.percentile(told["ms"], 99)), 1),
            "processor_ms": round(1000 * (processor(server) - before) / len(told["ms"]), 2), "answers": told["answers"]}


def processor(server):
    """Return the processor time that the server's process has taken, in seconds."""
    times = psutil.Process(server.pid).cpu_times()
    return times.user + times.system


def memory(server, kind="VmRSS"):
    """Return the memory that the server's process holds now, in MB; "VmHWM": at most since it began; "VmSize"."""
    status = Path(f"/proc/{server.pid}/status").read_text()
    return round(1024 * int(status.split(f"{kind}:")[1].split()[0]) / 1e6, 1)


def loaded(servers, seconds, rounds):
    """Ask the servers in turns; return, for each, a row for each number of clients: medians over the rounds."""
    rows = {name: [] for name in servers}
    for server in servers.values():
        asked(server, 1, min(2, seconds), 0)  # warm
    for count in (1, 8, 64):
        found = {name: [] for name in servers}
        for number in range(rounds):
            for name, server in servers.items():
                found[name].append(asked(server, count, seconds, 10_000 * (number + 1)))
        for name, several in found.items():
            row = {key: statistics.median(each[key] for each in several) for key in several[0] if key != "answers"}
            row["clients"] = count  # the median of an even number of rounds is no whole number
            statuses = sorted({status for each in several for status in each["answers"]})
            row["answers"] = {status: sum(each["answers"].get(status, 0) for each in several) for status in statuses}
            rows[name].append(row)
            print(name, row, flush=True)
    return rows


def growth(server, requests):
    """Return the memory after a tenth of the requests, which warm up, and after all of them."""
    marks, done, lot = [], 0, max(1, requests // 10)
    for step in range(11):
        while done < (step + 1) * lot:
            for model in server.get("api/v1/models").json()["models"]:
                for query in ({"n": 1 + done % 16}, {"n": 16, "format": "json"}, {"n": 99}):
                    server.get("api/v1/images", seed=done, model=model["key"], **query)
                    done += 1
        marks.append(memory(server))
    return {"requests_after_warming": done - lot, "memory_mb": marks, "grown_mb": round(marks[-1] - marks[0], 1)}


def within(limit):
    """Start a server whose address space is limited to ``limit`` bytes, ask it, and return whether it answers."""
    code = (f"import resource; resource.setrlimit(resource.RLIMIT_AS, ({limit}, {limit})); "
            f"import sys; sys.argv = ['labkit', 'serve', {KEY!r}, '--only', '--port', '0', '--until-stdin-ends']; "
            "from labkit.cli import main; main()")
    with serving.start(KEY, command=[sys.executable, "-c", code], patience=900) as server:
        rows = [asked(server, count, 3, 0) for count in (1, 64)]
        space = memory(server, "VmSize")
    good = all("200" in row["answers"] and set(row["answers"]) <= {"200", "503"} for row in rows)  # 503: come again
    return {"limit": "address space (RLIMIT_AS)", "limit_bytes": limit, "all_answered": good,
            "answers": [row["answers"] for row in rows], "address_space_mb": space}


def measure(seconds=10.0, rounds=3, requests=10_000):
    """Measure and write the results file; ``seconds`` and ``rounds`` of each load."""
    models = export.prepare(KEY, print, only=True)
    variants = {"onnxruntime": None, "tensorflow": [sys.executable, __file__, "on-tensorflow"]}
    with contextlib.ExitStack() as stack:
        servers = {name: stack.enter_context(serving.start(KEY, command=command, only=True, patience=900))
                   for name, command in variants.items()}
        start = {name: memory(server) for name, server in servers.items()}
        rows = loaded(servers, seconds, rounds)
        grown = growth(servers["onnxruntime"], requests)
        found = {name: {"memory_mb": {"start": start[name], "peak": memory(server, "VmHWM")}, "load": rows[name]}
                 for name, server in servers.items()}
    found["onnxruntime"] |= {"growth": grown, "within_1_gib": within(GIB)}
    from labkit.training import results

    def ratios(key):
        pairs = zip(found["onnxruntime"]["load"], found["tensorflow"]["load"], strict=True)
        return {str(ours["clients"]): round(ours[key] / theirs[key], 2) for ours, theirs in pairs}

    results.write(files.results() / "serving.json", {
        "key": KEY, "models_served": list(models), "pictures_per_request": 8, "seconds_per_load": seconds,
        "rounds": rounds,
        "load_average_at_the_end": [round(value, 1) for value in psutil.getloadavg()],
        "variants": found, "rate_ratio_to_tensorflow": ratios("requests_per_second"),
        "processor_ratio_to_tensorflow": ratios("processor_ms")})


if __name__ == "__main__":
    engine.command_line(__doc__, measure, on_tensorflow)
