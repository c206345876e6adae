"""onnxruntime.quantization as its documentation uses it: preprocess, min-max, QDQ.

Settings: activation=s8|u8 weight=s8|u8|s4 perChannel=0|1 opset=N.
"""

import tempfile

import common
import onnx
from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static
from onnxruntime.quantization.shape_inference import quant_pre_process

types = {"u8": QuantType.QUInt8, "s8": QuantType.QInt8, "s4": QuantType.QInt4}


class Reader(CalibrationDataReader):
    def __init__(self, feeds):
        self.feeds = iter(feeds)

    def get_next(self):
        return next(self.feeds, None)


loaded = common.prepared_model()
activation, weight = common.settings["activation"], common.settings["weight"]
clock = common.Clock()
with tempfile.TemporaryDirectory() as folder:
    onnx.save(loaded, f"{folder}/float.onnx")
    quant_pre_process(f"{folder}/float.onnx", f"{folder}/prepared.onnx")
    quantize_static(
        f"{folder}/prepared.onnx",
        common.out,
        Reader(common.feeds(common.input_name(loaded))),
        quant_format=QuantFormat.QDQ,
        activation_type=types[activation],
        weight_type=types[weight],
        per_channel=common.flag("perChannel") == 1,
        extra_options={"ActivationSymmetric": activation == "s8", "WeightSymmetric": weight != "u8"},
    )
clock.report()
