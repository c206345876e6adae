"""Runs the models of a chain in series and as a pipeline: each model in a thread of its own. Brought by Lathe; run.py calls it."""

import queue
import threading
import time

# More are counted and not kept.
MOST_TIMES = 10000


def measure_chain(request, load, feeds):
    import numpy

    chain, seconds, cores = request["chain"], request["seconds"], request["cores"]
    stages = chain["stages"]
    fewer = max(1, cores // len(stages))
    ways = []

    def timed(way, threads, one):
        for at in range(2):
            one(feeds[at % len(feeds)])
        times, count, begin = [], 0, time.perf_counter()
        while count == 0 or time.perf_counter() - begin < seconds:
            start = time.perf_counter()
            one(feeds[count % len(feeds)])
            count += 1
            if count <= MOST_TIMES:
                times.append((time.perf_counter() - start) * 1000)
        ways.append({"way": way, "threads": threads, "times": times, "fps": count / (time.perf_counter() - begin)})

    def step(session, stage, values):
        made = dict(zip(stage["outputs"], session.run(stage["outputs"], {name: values[name] for name in stage["inputs"]})))
        return {name: made[name] if name in made else values[name] for name in stage["passes"]}

    def in_series(threads):
        sessions = [load(stage["file"], threads) for stage in stages]

        def one(values):
            for session, stage in zip(sessions, stages):
                values = step(session, stage, values)
            return values

        return one

    def pipelined(threads, feed, is_over, on_picture):
        sessions = [load(stage["file"], threads) for stage in stages]
        queues = [queue.Queue(chain["queue"]) for _ in range(len(stages) + 1)]
        errors = []

        def work(at):
            while True:
                picture = queues[at].get()
                if picture is not None and not errors:
                    try:
                        begin = time.perf_counter()
                        picture["values"] = step(sessions[at], stages[at], picture["values"])
                        picture["times"].append((time.perf_counter() - begin) * 1000)
                    except Exception as error:
                        errors.append(error)
                queues[at + 1].put(picture)
                if picture is None:
                    return

        def enter():
            sent = 0
            while not is_over(sent) and not errors:
                queues[0].put({"id": sent, "begun": time.perf_counter(), "times": [], "values": feed(sent)})
                sent += 1
            queues[0].put(None)

        threads_of = [threading.Thread(target=work, args=(at,), daemon=True) for at in range(len(stages))]
        for thread in threads_of + [threading.Thread(target=enter, daemon=True)]:
            thread.start()
        for picture in iter(queues[-1].get, None):
            if not errors:
                on_picture(picture)
        if errors:
            raise errors[0]

    timed("whole", cores, lambda values, session=load(request["model"], cores): session.run(None, values))
    for threads in sorted({cores, fewer}, reverse=True):
        timed("series", threads, in_series(threads))

    series = in_series(fewer)
    expected = [series(values) for values in feeds]
    equal = {"pictures": len(feeds), "elements": 0, "equal": 0}

    def compare(picture):
        for name, wanted in expected[picture["id"]].items():
            found = picture["values"].get(name)
            equal["elements"] += wanted.size
            if found is not None and found.shape == wanted.shape and found.dtype == wanted.dtype:
                bits = "u%d" % wanted.dtype.itemsize
                equal["equal"] += int((numpy.ascontiguousarray(wanted).view(bits) == numpy.ascontiguousarray(found).view(bits)).sum())

    pipelined(fewer, lambda at: feeds[at], lambda sent: sent == len(feeds), compare)
    times, ends, each, begin = [], [], [[] for _ in stages], time.perf_counter()

    def keep(picture):
        ends.append(time.perf_counter())
        if len(ends) <= MOST_TIMES:
            times.append((ends[-1] - picture["begun"]) * 1000)
            for at, took in enumerate(picture["times"]):
                each[at].append(took)

    pipelined(fewer, lambda at: feeds[at % len(feeds)], lambda sent: sent > 1 and time.perf_counter() - begin >= seconds, keep)
    # Between the first and the last that came through: the pipeline is filled and emptied beside that.
    ways.append({"way": "pipelined", "threads": fewer, "times": times, "fps": (len(ends) - 1) / (ends[-1] - ends[0])})
    return {"ways": ways, "equal": equal, "stages": [sorted(took)[len(took) // 2] for took in each]}
