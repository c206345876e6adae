"""AMD Quark for the DPU: XInt8 (powers of two, per tensor, int8 bias). Settings: adaround=ITERATIONS cle=0|1 opset=N."""

import common
import onnx
from quark.onnx import AdaRoundConfig, CLEConfig, ModelQuantizer, QConfig, QLayerConfig, XInt8Spec


class Reader:
    def __init__(self, feeds):
        self.feeds, self.next = feeds, 0

    def get_next(self):
        self.next += 1
        return self.feeds[self.next - 1] if self.next <= len(self.feeds) else None

    def reset_iter(self):
        self.next = 0

    rewind = reset_iter


loaded = common.prepared_model()
clock = common.Clock()
algorithms = []
if common.flag("cle"):
    algorithms.append(CLEConfig())
if common.flag("adaround"):
    algorithms.append(AdaRoundConfig(num_iterations=common.flag("adaround")))
config = QConfig(QLayerConfig(activation=XInt8Spec(), weight=XInt8Spec()), algo_config=algorithms)
quantized = ModelQuantizer(config).quantize_model(loaded, None, Reader(common.feeds(common.input_name(loaded))))
onnx.save(quantized, common.out)
clock.report()
