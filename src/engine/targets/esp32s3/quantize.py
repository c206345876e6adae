"""Makes an .espdl of an ONNX model with esp-ppq. What Lathe has quantized keeps its exponents and its rounding of weights; a float model is
quantized by esp-ppq on the calibration pictures.

Usage: quantize.py MODEL.onnx PICTURES OUTPUT.espdl [--target esp32s3] [--bits 8|16]
PICTURES is a folder of .npy files, one picture each with batch 1, or - where there are none.
"""

import argparse
import math
import os
import sys


def fail(message, code=2):
    print("lathe: error: " + message, flush=True)
    sys.exit(code)


def say(message):
    print("lathe: " + message, flush=True)


def quantizers_removed(model, onnx, numpy_helper):
    """The model as float operators, and the exponent of each value that was rounded: value = integer * 2**exponent."""
    graph = model.graph
    constants = {tensor.name: tensor for tensor in graph.initializer}
    maker = {output: node for node in graph.node for output in node.output}
    outputs = {output.name for output in graph.output}
    exponents, bits, renamed, floats = {}, set(), {}, []

    def exponent_of(node):
        scale = numpy_helper.to_array(constants[node.input[1]]) if node.input[1] in constants else None
        if scale is None or scale.size != 1:
            fail("%s: one scale for the whole tensor is needed; quantize with --target esp32s3" % node.name)
        exponent = math.log2(float(scale.reshape(-1)[0]))
        if exponent != int(exponent):
            fail("%s: the scale %r is no power of two; quantize with --target esp32s3" % (node.name, float(scale.reshape(-1)[0])))
        zero = numpy_helper.to_array(constants[node.input[2]]) if len(node.input) > 2 and node.input[2] in constants else None
        if zero is not None and zero.any():
            fail("%s: its zero point is not 0; quantize with --target esp32s3" % node.name)
        return int(exponent), zero

    for node in graph.node:
        if node.op_type != "DequantizeLinear":
            continue
        exponent, zero = exponent_of(node)
        source, result = node.input[0], node.output[0]
        if source in constants:
            codes = numpy_helper.to_array(constants[source])
            floats.append(numpy_helper.from_array((codes.astype("float64") * 2.0**exponent).astype("float32"), result))
            if codes.dtype.itemsize < 4:
                exponents[result] = exponent
                bits.add(codes.dtype.itemsize * 8)
        else:
            quantize = maker.get(source)
            if quantize is None or quantize.op_type != "QuantizeLinear":
                fail("%s: it reads integers that no QuantizeLinear has made" % node.name)
            value = renamed.get(quantize.input[0], quantize.input[0])
            exponents[value] = exponent
            bits.add(zero.dtype.itemsize * 8 if zero is not None else 8)
            renamed[result] = value
    # An output that is rounded keeps its name: what made it takes the name over.
    for result in [name for name in renamed if name in outputs]:
        value = renamed[result]
        exponents[result] = exponents.pop(value)
        for other in list(renamed):
            if renamed[other] == value:
                renamed[other] = result
        renamed[value] = result
        renamed.pop(result)
    kept = [node for node in graph.node if node.op_type not in ("QuantizeLinear", "DequantizeLinear")]
    for node in kept:
        for names in (node.input, node.output):
            for index, name in enumerate(names):
                names[index] = renamed.get(name, name)
    used = {name for node in kept for name in node.input}
    initializers = [tensor for tensor in graph.initializer if tensor.name in used] + floats
    del graph.node[:], graph.initializer[:], graph.value_info[:]
    graph.node.extend(kept)
    graph.initializer.extend(initializers)
    return exponents, bits


def take_exponents_over(graph, exponents, torch, QuantableOperation, QuantizationStates):
    """Puts exponents in place of those that calibration has found; biases follow from them. Returns how many were taken."""
    taken = set()
    for operation in graph.operations.values():
        if not isinstance(operation, QuantableOperation):
            continue
        for config, variable in operation.config_with_variable:
            if variable.name not in exponents or config.dominated_by is not config or config.master_by is not config:
                continue
            if config.state in (QuantizationStates.FP32, QuantizationStates.SOI) or config.scale is None:
                continue
            config.scale = torch.full_like(config.scale, 2.0 ** exponents[variable.name])
            config.offset = torch.zeros_like(config.scale)
            taken.add(variable.name)
    for operation in graph.operations.values():
        if isinstance(operation, QuantableOperation) and operation.type in ("Conv", "ConvTranspose", "Gemm") and operation.num_of_input == 3:
            data, weights, bias = operation.config.input_quantization_config
            if bias.state == QuantizationStates.PASSIVE:
                bias.scale = data.scale * weights.scale
                bias.offset = torch.zeros_like(bias.scale)
    return len(taken)


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("model")
    arguments.add_argument("pictures")
    arguments.add_argument("output")
    arguments.add_argument("--target", default="esp32s3")
    arguments.add_argument("--bits", type=int, choices=(8, 16))
    options = arguments.parse_args()
    try:
        from importlib.metadata import version

        import numpy
        import onnx
        import torch
        from onnx import numpy_helper
        import esp_ppq.lib as library
        from esp_ppq.api import espdl_quantize_onnx
        from esp_ppq.api.espdl_interface import generate_test_value, get_target_platform
        from esp_ppq.core import QuantizationStates
        from esp_ppq.IR import QuantableOperation
    except ImportError as error:
        fail("%s; install with: python -m pip install esp-ppq torch" % error, 3)
    say("esp-ppq %s, torch %s" % (version("esp-ppq"), torch.__version__))

    model = onnx.load(options.model)
    rounded = any(node.op_type == "QuantizeLinear" for node in model.graph.node)
    exponents, found = quantizers_removed(model, onnx, numpy_helper) if rounded else ({}, set())
    if len(found) > 1:
        fail("layers of 8 and of 16 bits stand side by side, which is not taken over; quantize all with the same width")
    bits = options.bits or (found.pop() if found else 8)
    names = {tensor.name for tensor in model.graph.initializer}
    inputs = [value for value in model.graph.input if value.name not in names]
    for value in inputs:
        value.type.tensor_type.shape.dim[0].dim_value = 1
    shapes = [[axis.dim_value for axis in value.type.tensor_type.shape.dim] for value in inputs]
    if len(inputs) != 1 or not all(size > 0 for size in shapes[0]):
        fail("one input of fixed size is needed, not %s" % ", ".join("%s %s" % (value.name, shape) for value, shape in zip(inputs, shapes)))
    # esp-ppq writes a simplified model over the file that it reads.
    copy = os.path.splitext(options.output)[0] + "_float.onnx"
    os.makedirs(os.path.dirname(os.path.abspath(options.output)), exist_ok=True)
    onnx.save(model, copy)

    if options.pictures == "-":
        if not rounded:
            fail("a float model needs calibration pictures (data.calibration)")
        pictures = [torch.zeros(shapes[0]), torch.ones(shapes[0])]
    else:
        files = sorted(name for name in os.listdir(options.pictures) if name.endswith(".npy"))
        pictures = [torch.from_numpy(numpy.load(os.path.join(options.pictures, name), allow_pickle=False)) for name in files]
        if not pictures:
            fail("there are no .npy files in %s" % options.pictures)
    pictures = [picture.float().reshape(shapes[0]) for picture in pictures]

    graph = espdl_quantize_onnx(
        onnx_import_file=copy,
        espdl_export_file=options.output,
        calib_dataloader=pictures,
        calib_steps=max(8, min(len(pictures), 512)),
        input_shape=shapes[0],
        inputs=[pictures[0]],
        target=options.target,
        num_of_bits=bits,
        device="cpu",
        error_report=False,
        skip_export=rounded,
        export_test_values=not rounded,
    )
    if rounded:
        taken = take_exponents_over(graph, exponents, torch, QuantableOperation, QuantizationStates)
        say("%d of %d exponents taken over" % (taken, len(exponents)))
        library.Exporter(platform=get_target_platform(options.target, bits)).export(
            file_path=options.output,
            graph=graph,
            values_for_test=generate_test_value(graph, "cpu", [pictures[0]]),
            export_config=True,
        )
    say("wrote %s, %d bytes" % (options.output, os.path.getsize(options.output)))


if __name__ == "__main__":
    main()
