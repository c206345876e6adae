"""Runs an ONNX model with ONNX Runtime and measures it. Brought by Lathe; reads request.json, writes result.json and outputs/."""

import json
import os
import sys
import time


def run(request, result):
    import numpy
    import onnxruntime

    result["runtime"] = "Python %s, onnxruntime %s" % (sys.version.split()[0], onnxruntime.__version__)

    def opened(file, threads):
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        return onnxruntime.InferenceSession(file, options, providers=["CPUExecutionProvider"])

    def load(threads):
        return opened(request["model"], threads)

    types = {"tensor(float)": "float32", "tensor(float16)": "float16", "tensor(double)": "float64", "tensor(uint8)": "uint8", "tensor(int8)": "int8"}
    threads = request["threads"] or sorted({1, len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()})
    session = load(threads[0])
    names = [output.name for output in session.get_outputs()]
    entry = session.get_inputs()[0]

    def picture(index):
        return numpy.load("inputs/%06d.npy" % index, allow_pickle=False).astype(types.get(entry.type, "float32"))

    os.makedirs("outputs", exist_ok=True)
    for index in range(request["inputs"]):
        for place, value in enumerate(session.run(None, {entry.name: picture(index)})):
            numpy.save("outputs/%d-%06d.npy" % (place, index), numpy.asarray(value, dtype="float32"), allow_pickle=False)
    result["outputs"] = names

    # The same few pictures again and again: reading files is not what is timed.
    feeds = [{entry.name: picture(index)} for index in range(min(request["inputs"], 16))]
    times = []
    for count in range(request["warmUp"] + request["runs"]):
        begin = time.perf_counter()
        session.run(None, feeds[count % len(feeds)])
        if count >= request["warmUp"]:
            times.append((time.perf_counter() - begin) * 1000)
    result["times"] = times
    result["latencyThreads"] = threads[0]

    result["fps"] = []
    for number in threads:
        session = load(number)
        for feed in feeds[:2]:
            session.run(None, feed)
        count, begin = 0, time.perf_counter()
        while time.perf_counter() - begin < request["seconds"] or count == 0:
            session.run(None, feeds[count % len(feeds)])
            count += 1
        result["fps"].append({"threads": number, "fps": count / (time.perf_counter() - begin)})

    if request.get("chain") and feeds:
        from chain import measure_chain

        result["chain"] = measure_chain(dict(request, cores=max(threads)), opened, feeds)


result = {}
try:
    with open("request.json") as file:
        run(json.load(file), result)
except Exception as error:
    result["error"] = "%s: %s" % (type(error).__name__, error)
with open("result.json", "w") as file:
    json.dump(result, file)
sys.exit(1 if "error" in result else 0)
