"""ONNX Runtime's own static quantizer, as its documentation uses it: preprocess, calibrate, write QDQ.

Prints one JSON line: CPU seconds of quantization without imports, and the peak resident memory of the process.
Usage: quantize_onnxruntime.py MODEL PICTURES COUNT METHOD ACTIVATION WEIGHT PER_CHANNEL OUT SIZE MEAN STD SCALE COLOR
"""

import json
import os
import resource
import sys
import tempfile
import time

import numpy
import onnxruntime
from onnxruntime.quantization import CalibrationDataReader, CalibrationMethod, QuantFormat, QuantType, quantize_static
from onnxruntime.quantization.shape_inference import quant_pre_process
from PIL import Image

model, pictures, count, method, activation, weight, per_channel, out, size, mean, std, scale, color = sys.argv[1:14]
size = int(size)
mean, std = ([float(value) for value in text.split(",")] for text in (mean, std))


def balanced_files(folder, wanted):
    """The first files of every class folder, by name."""
    classes = sorted(entry for entry in os.listdir(folder) if os.path.isdir(os.path.join(folder, entry)))
    if not classes:
        return [os.path.join(folder, name) for name in sorted(os.listdir(folder))[:wanted]]
    each = wanted // len(classes)
    return [os.path.join(folder, name, file) for name in classes for file in sorted(os.listdir(os.path.join(folder, name)))[:each]]


class Reader(CalibrationDataReader):
    def __init__(self, name, files):
        self.name, self.files = name, iter(files)

    def get_next(self):
        file = next(self.files, None)
        if file is None:
            return None
        picture = Image.open(file).convert("L" if color == "gray" else "RGB")
        if picture.size != (size, size):
            left, top = (picture.size[0] - size) // 2, (picture.size[1] - size) // 2
            picture = picture.crop((left, top, left + size, top + size))
        array = numpy.asarray(picture, dtype=numpy.float32)
        if color == "bgr":
            array = array[..., ::-1]
        if array.ndim == 2:
            array = array[..., None]
        array = (array * float(eval(scale)) - mean) / std
        return {self.name: array.transpose(2, 0, 1)[None].astype(numpy.float32)}


types = {"u8": QuantType.QUInt8, "s8": QuantType.QInt8}
start = time.process_time()
with tempfile.TemporaryDirectory() as folder:
    prepared = os.path.join(folder, "prepared.onnx")
    quant_pre_process(model, prepared)
    options = onnxruntime.SessionOptions()
    name = onnxruntime.InferenceSession(prepared, options, providers=["CPUExecutionProvider"]).get_inputs()[0].name
    quantize_static(
        prepared,
        out,
        Reader(name, balanced_files(pictures, int(count))),
        quant_format=QuantFormat.QDQ,
        calibrate_method=getattr(CalibrationMethod, method),
        activation_type=types[activation],
        weight_type=types[weight],
        per_channel=per_channel == "1",
        extra_options={"ActivationSymmetric": activation == "s8", "WeightSymmetric": True},
    )
print(json.dumps({
    "cpuSeconds": time.process_time() - start,
    "peakRssMiB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    "version": onnxruntime.__version__,
}))
