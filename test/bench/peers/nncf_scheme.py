"""NNCF's post-training quantization of ONNX models. Settings: preset=mixed|performance biasCorrection=0|1 opset=N."""

import common
import nncf
import onnx
from nncf.quantization.advanced_parameters import AdvancedQuantizationParameters

loaded = common.prepared_model()
clock = common.Clock()
dataset = nncf.Dataset(common.feeds(common.input_name(loaded)))
quantized = nncf.quantize(
    loaded,
    dataset,
    preset=nncf.QuantizationPreset(common.settings["preset"]),
    subset_size=len(common.pictures),
    advanced_parameters=AdvancedQuantizationParameters(disable_bias_correction=common.flag("biasCorrection", 1) == 0),
)
onnx.save(quantized, common.out)
clock.report()
