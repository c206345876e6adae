"""AIMET on ONNX, default configuration (per channel). Settings: weights=BITS activations=BITS adaround=ITERATIONS seqmse=0|1 opset=N."""

import common
import aimet_onnx
import onnx
from aimet_onnx.quantsim import QuantizationSimModel

loaded = common.prepared_model()
weights, activations = (f"int{common.flag(key, 8)}" for key in ("weights", "activations"))
clock = common.Clock()
feeds = common.feeds(common.input_name(loaded))
sim = QuantizationSimModel(loaded, param_type=weights, activation_type=activations)
if common.flag("seqmse"):
    aimet_onnx.apply_seq_mse(sim, feeds)
if common.flag("adaround"):
    aimet_onnx.apply_adaround(sim, feeds, num_iterations=common.flag("adaround"))
sim.compute_encodings(feeds)
onnx.save(sim.to_onnx_qdq(prequantize_constants=True), common.out)
clock.report()
