"""What the peers' scripts share: arguments, pictures, and the figures they print last.

Arguments of each: MODEL CALIBRATION.npy OUT KEY=VALUE…
"""

import json
import os
import resource
import sys
import time

import numpy
import onnx

model, calibration, out = sys.argv[1:4]
settings = dict(pair.split("=", 1) for pair in sys.argv[4:])
pictures = numpy.load(calibration, mmap_mode="r")


def flag(key, default=0):
    return int(settings.get(key, default))


def prepared_model():
    """The float model, of a newer opset where asked for: tools that can't convert refuse or write broken files."""
    loaded = onnx.load(model)
    version = next(entry.version for entry in loaded.opset_import if entry.domain in ("", "ai.onnx"))
    wanted = flag("opset")
    if version >= wanted:
        return loaded
    weights = {tensor.name for tensor in loaded.graph.initializer}
    inputs = [value for value in loaded.graph.input if value.name not in weights]
    del loaded.graph.input[:]
    loaded.graph.input.extend(inputs)
    loaded.ir_version = max(loaded.ir_version, 8)
    return onnx.version_converter.convert_version(loaded, wanted)


def input_name(loaded):
    weights = {tensor.name for tensor in loaded.graph.initializer}
    return next(value.name for value in loaded.graph.input if value.name not in weights)


def feeds(name):
    return [{name: numpy.asarray(picture[None], dtype=numpy.float32)} for picture in pictures]


class Clock:
    """Processor time of this process and its children, without imports."""

    def __init__(self):
        self.start = self.now()

    @staticmethod
    def now():
        own, children = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
        return own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime

    def report(self, **more):
        sys.stdout.flush()
        print(json.dumps({
            "cpuSeconds": self.now() - self.start,
            "peakRssMiB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
            **more,
        }))


# Tools that write files where they stand shall do so in the scratch folder.
os.chdir(os.environ.get("LATHE_BENCH_SCRATCH", "."))
