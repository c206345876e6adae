"""AIMET's analyze_per_layer_sensitivity at 8 bits: each layer quantized alone, judged by the SQNR of the output."""

import common
import aimet_onnx
import numpy
from aimet_onnx.quantsim import QuantizationSimModel

loaded = common.prepared_model()
clock = common.Clock()
feeds = common.feeds(common.input_name(loaded))
sim = QuantizationSimModel(loaded, param_type="int8", activation_type="int8")
sim.compute_encodings(feeds)
reference = None


def outputs(session):
    return numpy.concatenate([session.run(None, feed)[0].ravel() for feed in feeds])


def score(session):
    global reference
    found = outputs(session)
    if reference is None:
        reference = found
    return float(10 * numpy.log10((reference**2).sum() / max(((reference - found) ** 2).sum(), 1e-12)))


layers = aimet_onnx.analyze_per_layer_sensitivity(sim, score)
clock.report(layers=len(layers))
