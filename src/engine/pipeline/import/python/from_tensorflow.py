"""Turns a model of Keras, TensorFlow or TensorFlow Lite into ONNX. Called by Lathe: from_tensorflow.py REQUEST.json."""
import array
import json
import os
import sys

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")


def note(text):
    print(text, file=sys.stderr, flush=True)


def fail(code, message):
    json.dump({"error": {"code": code, "message": message}}, open(request["result"], "w"))
    sys.exit(1)


def short(error):
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    first = lines[0] if lines else type(error).__name__
    return (first + " " + lines[1] if first.endswith(":") and len(lines) > 1 else first)[:400]


def write(name, tensor):
    values = array.array("f", [float(each) for each in tensor.flatten()])
    with open("%s/%s.bin" % (request["folder"], name), "wb") as out:
        values.tofile(out)
    return [int(size) for size in tensor.shape]


def samples(specs):
    """Seeded inputs; free sizes are those asked for, else 1 for the batch."""
    import numpy

    random = numpy.random.RandomState(0)
    made = []
    for at, (name, shape) in enumerate(specs):
        given = request["shapes"][at] if at < len(request["shapes"]) else None
        sizes = given or [1 if axis == 0 and size in (None, -1) else size for axis, size in enumerate(shape)]
        if any(size in (None, -1) for size in sizes):
            fail("import.shape", "the size of input %s is free: %s" % (name, list(shape)))
        made.append(random.rand(*[int(size) for size in sizes]).astype("float32"))
    return made


def kept(inputs, outputs):
    if any(each.dtype.kind != "f" for each in list(inputs) + list(outputs)):
        return None
    return {
        "inputs": [write("input%d" % at, each) for at, each in enumerate(inputs)],
        "outputs": [write("output%d" % at, each) for at, each in enumerate(outputs)],
    }


def convert_keras():
    import tensorflow as tf
    import tf2onnx

    note("load")
    try:
        model = tf.keras.models.load_model(request["file"], compile=False, safe_mode=not request["trusted"])
    except TypeError:  # before Keras 2.13 there was no safe mode; Lambda layers were looked for already
        model = tf.keras.models.load_model(request["file"], compile=False)
    specs = [(tensor.name.split(":")[0], tuple(tensor.shape)) for tensor in model.inputs]
    inputs = samples(specs)
    outputs = model(inputs if len(inputs) > 1 else inputs[0], training=False)
    outputs = outputs if isinstance(outputs, (list, tuple)) else list(outputs.values()) if isinstance(outputs, dict) else [outputs]
    note("convert")
    signature = [tf.TensorSpec(shape, tf.float32, name=name) for name, shape in specs]
    call = tf.function(lambda *tensors: model(list(tensors) if len(tensors) > 1 else tensors[0], training=False))
    tf2onnx.convert.from_function(call, input_signature=signature, opset=request["opset"], output_path=request["output"])
    return kept(inputs, [each.numpy() for each in outputs])


def convert_by_command(arguments):
    from tf2onnx import convert

    sys.argv = ["tf2onnx", *arguments, "--output", request["output"], "--opset", str(request["opset"])]
    convert.main()


def run_tflite():
    import tensorflow as tf

    interpreter = tf.lite.Interpreter(model_path=request["file"])
    for at, detail in enumerate(interpreter.get_input_details()):
        if at < len(request["shapes"]):
            interpreter.resize_tensor_input(detail["index"], request["shapes"][at])
    interpreter.allocate_tensors()
    details = interpreter.get_input_details()
    if any(detail["dtype"].__name__ != "float32" for detail in details):
        return None
    inputs = samples([(detail["name"], tuple(detail["shape"])) for detail in details])
    for detail, value in zip(details, inputs):
        interpreter.set_tensor(detail["index"], value)
    interpreter.invoke()
    return kept(inputs, [interpreter.get_tensor(detail["index"]) for detail in interpreter.get_output_details()])


def run_saved_model():
    """Of a model with one output: the order of several is tf2onnx's own."""
    import tensorflow as tf

    loaded = tf.saved_model.load(request["file"])
    signature = loaded.signatures["serving_default"]
    specs = signature.structured_input_signature[1]
    if len(signature.structured_outputs) != 1 or any(spec.dtype != tf.float32 for spec in specs.values()):
        return None
    inputs = samples([(name, tuple(spec.shape)) for name, spec in specs.items()])
    outputs = signature(**{name: tf.constant(value) for name, value in zip(specs, inputs)})
    return kept(inputs, [value.numpy() for value in outputs.values()])


def main():
    try:
        if request["kind"] == "keras":
            proof = convert_keras()
        elif request["kind"] == "tflite":
            note("convert")
            convert_by_command(["--tflite", request["file"]])
            proof = run_tflite()
        else:
            note("convert")
            convert_by_command(["--saved-model", request["file"]])
            proof = run_saved_model()
    except Exception as error:
        fail("import.convert", "it cannot be converted: %s" % short(error))
    json.dump({"warnings": [], "proof": proof}, open(request["result"], "w"))


request = json.load(open(sys.argv[1], encoding="utf-8"))
main()
