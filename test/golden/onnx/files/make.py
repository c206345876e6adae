"""Makes the reference files of this folder with the onnx package (1.23) and numpy:

    python -m pip install onnx numpy ml_dtypes && python make.py

tensor-types.onnx holds one initializer for every element type and way of storing it; tensor-types.json says what the onnx package
reads from it. everything.onnx has every message and field of onnx.proto at least once.
"""

import json
import pathlib

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

folder = pathlib.Path(__file__).parent
T = TensorProto


def number(value):
    value = float(value)
    return value if np.isfinite(value) else str(value)


def values_of(tensor):
    if tensor.data_type == T.STRING:
        return [value.decode() for value in tensor.string_data]
    array = numpy_helper.to_array(tensor)
    if tensor.data_type in (T.COMPLEX64, T.COMPLEX128):
        return None
    if tensor.data_type in (T.INT64, T.UINT64):
        return [str(value) for value in array.reshape(-1).tolist()]
    return [number(value) for value in array.astype(np.float64).reshape(-1)]


def packed(kind, array):
    """The elements as raw_data holds them: narrow ones as a stream of bits, lowest first."""
    bits = {T.INT4: 4, T.UINT4: 4, T.FLOAT4E2M1: 4, T.INT2: 2, T.UINT2: 2, T.FLOAT6E2M3: 6, T.FLOAT6E3M2: 6}.get(kind)
    if bits is None:
        return array.tobytes()
    codes = np.frombuffer(array.tobytes(), dtype=np.uint8)
    stream = sum((int(code) & ((1 << bits) - 1)) << (bits * i) for i, code in enumerate(codes))
    return stream.to_bytes((bits * len(codes) + 7) // 8, "little")


def tensors():
    plain = {
        T.FLOAT: [0.5, -1.25, 3e38, float("inf"), float("nan"), 1e-45],
        T.DOUBLE: [0.1, -1e300, 5e-324, float("-inf"), 0.0, 2.0],
        T.FLOAT16: [0.5, -65504.0, 6e-8, 1.0009765625, float("inf"), 0.0],
        T.BFLOAT16: [0.5, -1.5, 3e38, 1e-40, 128.0, 0.0],
        T.INT8: [-128, 127, -1, 0, 1, 5],
        T.UINT8: [0, 255, 128, 1, 2, 3],
        T.INT16: [-32768, 32767, -1, 0, 1, 5],
        T.UINT16: [0, 65535, 32768, 1, 2, 3],
        T.INT32: [-(2**31), 2**31 - 1, -1, 0, 1, 5],
        T.UINT32: [0, 2**32 - 1, 2**31, 1, 2, 3],
        T.INT64: [-(2**63), 2**63 - 1, -1, 0, 2**53 + 1, 5],
        T.UINT64: [0, 2**64 - 1, 2**63, 1, 2**53 + 1, 3],
        T.BOOL: [True, False, True, True, False, False],
        T.FLOAT8E4M3FN: [0.5, -448.0, 0.001953125, 1.125, float("nan"), 0.0],
        T.FLOAT8E4M3FNUZ: [0.5, -240.0, 0.0009765625, 1.125, float("nan"), 0.0],
        T.FLOAT8E5M2: [0.5, -57344.0, 1.52587890625e-05, 1.25, float("inf"), 0.0],
        T.FLOAT8E5M2FNUZ: [0.5, -57344.0, 7.62939453125e-06, 1.25, float("nan"), 0.0],
        T.FLOAT8E8M0: [1.0, 2.0, 0.5, 2.0**100, 2.0**-100, 4.0],
        T.INT4: [-8, 7, -1, 0, 1],
        T.UINT4: [0, 15, 8, 1, 2],
        T.FLOAT4E2M1: [0.5, -6.0, 1.5, 0.0, 3.0],
        T.INT2: [-2, 1, -1, 0, 1],
        T.UINT2: [0, 3, 2, 1, 2],
        T.FLOAT6E2M3: [0.5, -7.5, 1.125, 0.0, 3.0, 0.125],
        T.FLOAT6E3M2: [0.5, -28.0, 1.25, 0.0, 3.0, 0.0625],
        T.COMPLEX64: [1 + 2j, -0.5j, 3],
        T.COMPLEX128: [1 + 2j, -0.5j, 3],
    }
    for kind, values in plain.items():
        name = T.DataType.Name(kind).lower()
        shape = [2, 3] if len(values) == 6 else [len(values)]
        typed = helper.make_tensor(f"{name}_typed", kind, shape, values)
        yield typed
        yield helper.make_tensor(f"{name}_raw", kind, shape, packed(kind, numpy_helper.to_array(typed)), raw=True)
    yield helper.make_tensor("string_typed", T.STRING, [2], ["Katze", "hund\u00e9"])
    yield helper.make_tensor("scalar", T.FLOAT, [], [7.0])
    yield helper.make_tensor("empty", T.FLOAT, [0, 3], [])


def write(name, model):
    (folder / name).write_bytes(model.SerializeToString(deterministic=True))


def make_tensor_types():
    stored = list(tensors())
    y = helper.make_tensor_value_info("scalar", T.FLOAT, [])
    graph = helper.make_graph([], "types", [], [y], stored)
    write("tensor-types.onnx", helper.make_model(graph, opset_imports=[helper.make_opsetid("", 25)], ir_version=13))
    expected = {t.name: {"type": T.DataType.Name(t.data_type).lower(), "dims": list(t.dims), "values": values_of(t)} for t in stored}
    lines = ",\n".join(f"  {json.dumps(name)}: {json.dumps(fields)}" for name, fields in expected.items())
    (folder / "tensor-types.json").write_text("{\n" + lines + "\n}\n")


def entry(target, key, value):
    item = target.add()
    item.key, item.value = key, value


def sparse(name, dims, values, indices):
    return helper.make_sparse_tensor(
        helper.make_tensor(name, T.FLOAT, [len(values)], values), helper.make_tensor("", T.INT64, np.shape(indices), np.ravel(indices)), dims
    )


def make_everything():
    info = helper.make_tensor_value_info
    branch = lambda name, op: helper.make_graph([helper.make_node(op, ["x"], [name])], name, [], [info(name, T.FLOAT, ["N", 4])])
    choose = helper.make_node("If", ["flag"], ["chosen"], name="choose", then_branch=branch("yes", "Relu"), else_branch=branch("no", "Neg"))
    body = helper.make_graph(
        [helper.make_node("Add", ["state", "x"], ["next"]), helper.make_node("Identity", ["keep"], ["again"])],
        "body",
        [info("step", T.INT64, []), info("keep", T.BOOL, []), info("state", T.FLOAT, None)],
        [info("again", T.BOOL, []), info("next", T.FLOAT, None)],
    )
    loop = helper.make_node("Loop", ["count", "", "chosen"], ["looped"], body=body)
    node = helper.make_node("Twice", ["looped"], ["y"], name="call", domain="local", overload="v2", doc_string="documented", gain=2.0)
    entry(node.metadata_props, "source", "line 7")
    device = node.device_configurations.add(configuration_id="two", pipeline_stage=1)
    spec = device.sharding_spec.add(tensor_name="looped", device=[0, 1])
    spec.sharded_dim.add(axis=0).simple_sharding.add(dim_value=2, num_shards=2)
    attributes = helper.make_node("Constant", [], ["unused"], value=helper.make_tensor("v", T.FLOAT, [2], [1, 2]))
    kinds = helper.make_node("Kinds", ["x"], ["kinds"], domain="local.kinds", f=0.25, i=-(2**63), s="text", floats=[1.5, 2.5], ints=[1, -1, 2**60], strings=["a", "b"])
    kinds.attribute.append(helper.make_attribute("sparse", sparse("", [3], [1.0], [2])))
    kinds.attribute.append(helper.make_attribute("type", info("t", T.FLOAT, [1]).type))
    kinds.attribute.append(helper.make_attribute("types", [info("t", T.FLOAT, [1]).type]))
    kinds.attribute.append(helper.make_attribute("tensors", [helper.make_tensor("", T.INT8, [1], [1])]))
    kinds.attribute.append(helper.make_attribute("graphs", [branch("g", "Abs")]))
    kinds.attribute.append(helper.make_attribute("sparses", [sparse("", [3], [1.0], [2])]))
    kinds.attribute[0].doc_string = "why"
    x = info("x", T.FLOAT, ["N", 4], "the input", ["BATCH", "CHANNEL"])
    x.type.denotation = "TENSOR"
    entry(x.metadata_props, "layout", "NC")
    graph = helper.make_graph(
        [choose, loop, attributes, kinds, node],
        "everything",
        [x, info("flag", T.BOOL, []), helper.make_tensor_sequence_value_info("list", T.FLOAT, None), info("any", T.FLOAT, None)],
        [info("y", T.FLOAT, None)],
        [helper.make_tensor("count", T.INT64, [], [2])],
        "about the graph",
        [info("chosen", T.FLOAT, ["N", 4])],
        [sparse("linear", [2, 3], [1.0, 2.0], [1, 5]), sparse("coordinates", [2, 3], [1.0, 2.0], [[0, 1], [1, 2]])],
    )
    graph.input.append(helper.make_value_info("map", onnx.TypeProto(map_type=onnx.TypeProto.Map(key_type=T.STRING, value_type=info("v", T.FLOAT, []).type))))
    graph.input.append(helper.make_value_info("maybe", helper.make_optional_type_proto(info("v", T.FLOAT, []).type)))
    graph.initializer[0].doc_string = "how often"
    entry(graph.initializer[0].metadata_props, "origin", "export")
    entry(graph.metadata_props, "part", "all")
    note = graph.quantization_annotation.add(tensor_name="chosen")
    entry(note.quant_parameter_tensor_names, "SCALE_TENSOR", "scale")
    gain = onnx.AttributeProto(name="gain", type=onnx.AttributeProto.FLOAT, f=1.0)
    scale = helper.make_node("Constant", [], ["g"])
    scale.attribute.append(onnx.AttributeProto(name="value_float", type=onnx.AttributeProto.FLOAT, ref_attr_name="gain"))
    function = helper.make_function(
        "local", "Twice", ["a"], ["b"], [scale, helper.make_node("Mul", ["a", "g"], ["b"])], [helper.make_opsetid("", 21)], ["kind"], [gain],
        doc_string="a times gain", overload="v2", value_info=[info("g", T.FLOAT, [])],
    )
    entry(function.metadata_props, "made", "by hand")
    model = helper.make_model(
        graph, functions=[function], opset_imports=[helper.make_opsetid("", 21), helper.make_opsetid("local", 1), helper.make_opsetid("local.kinds", 1)],
        ir_version=11, producer_name="reference", producer_version="1", domain="ai.example", model_version=2**40, doc_string="All of it",
    )
    entry(model.metadata_props, "key", "value")
    entry(model.metadata_props, "empty", "")
    training = model.training_info.add()
    training.algorithm.CopyFrom(helper.make_graph([helper.make_node("Neg", ["x"], ["dx"])], "step", [], [info("dx", T.FLOAT, None)]))
    entry(training.update_binding, "count", "dx")
    model.configuration.add(name="two", num_devices=2, device=["cpu:0", "cpu:1"])
    write("everything.onnx", model)


make_tensor_types()
make_everything()
