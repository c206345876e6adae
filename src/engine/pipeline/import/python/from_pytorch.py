"""Turns a file of PyTorch into ONNX. Called by Lathe: from_pytorch.py REQUEST.json; writes what the request names."""
import array
import importlib
import json
import sys


def note(text):
    print(text, file=sys.stderr, flush=True)


def fail(code, message):
    json.dump({"error": {"code": code, "message": message}}, open(request["result"], "w"))
    sys.exit(1)


def short(error):
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    first = lines[0] if lines else type(error).__name__
    return (first + " " + lines[1] if first.endswith(":") and len(lines) > 1 else first)[:400]


def network(call, arguments):
    module, _, name = call.partition(":")
    if request.get("searchPath"):
        sys.path.insert(0, request["searchPath"])
    try:
        make = getattr(importlib.import_module(module), name)
    except (ImportError, AttributeError) as error:
        fail("import.architecture", "there is no %s: %s" % (call, short(error)))
    try:
        return make(**arguments)
    except Exception as error:  # whatever the user's own function throws
        fail("import.architecture", "%s cannot be made: %s" % (call, short(error)))


def state_dict(torch, file):
    """The weights by name, out of the checkpoints that trainers write around them."""
    if request["safetensors"]:
        from safetensors.torch import load_file

        return load_file(file)
    found = torch.load(file, map_location="cpu", weights_only=True)
    for key in ("state_dict", "model_state_dict", "model", "net", "ema"):
        if isinstance(found, dict) and isinstance(found.get(key), dict):
            found = found[key]
            break
    if not isinstance(found, dict):
        fail("import.state-dict", "the file holds a %s, not weights by name" % type(found).__name__)
    return {key[len("module."):] if key.startswith("module.") else key: value for key, value in found.items()}


def load(torch):
    kind, file = request["kind"], request["file"]
    if kind == "torchscript":
        return torch.jit.load(file, map_location="cpu")
    if kind == "program":
        return torch.export.load(file)
    if kind == "pickle":
        if request.get("searchPath"):
            sys.path.insert(0, request["searchPath"])
        found = torch.load(file, map_location="cpu", weights_only=False)
        if isinstance(found, dict):
            found = found.get("ema") or found.get("model") or found
        if not isinstance(found, torch.nn.Module):
            fail("import.no-network", "the file holds a %s, not a network; if it holds weights, name the architecture" % type(found).__name__)
        return found.float()
    model = network(request["call"], request["arguments"])
    weights = state_dict(torch, file)
    try:
        missing, unexpected = model.load_state_dict(weights, strict=False)
    except RuntimeError as error:  # sizes that differ
        fail("import.weights", "the weights do not fit %s: %s" % (request["call"], short(error)))
    missing = [name for name in missing if not name.endswith("num_batches_tracked")]
    if missing or unexpected:
        first = ", ".join((missing or unexpected)[:3])
        fail(
            "import.weights",
            "the weights do not fit %s: %d missing, %d too many (%s)" % (request["call"], len(missing), len(unexpected), first),
        )
    return model


def write(name, tensor):
    tensor = tensor.detach().contiguous().float()
    with open(name, "wb") as out:
        array.array("f", tensor.flatten().tolist()).tofile(out)
    return list(tensor.shape)


def flat(value):
    if isinstance(value, (list, tuple)):
        return [each for part in value for each in flat(part)]
    if isinstance(value, dict):
        return [each for part in value.values() for each in flat(part)]
    return [value]


def inputs_of(torch):
    torch.manual_seed(0)
    return tuple(torch.rand(shape) for shape in request["shapes"])


def export(torch, model, inputs, names):
    """By the exporter that suits the version and the file; a free batch where the network allows one."""
    version = tuple(int(part) for part in torch.__version__.split("+")[0].split(".")[:2])
    options = {"input_names": names, "opset_version": request["opset"]}
    output = request["output"]
    warnings = []
    if request["kind"] == "program":
        torch.onnx.export(model, (), output, dynamo=True, external_data=False, opset_version=request["opset"])
        return warnings
    classic = dict(options, dynamic_axes={name: {0: "batch"} for name in names})
    if version >= (2, 5):
        classic["dynamo"] = False
    try:
        torch.onnx.export(model, inputs, output, **classic)
        return warnings
    except Exception as error:
        if request["kind"] == "torchscript" or version < (2, 5):
            raise
        warnings.append("the classic exporter failed (%s); torch.export was used, with a fixed batch" % short(error))
    torch.onnx.export(model, inputs, output, dynamo=True, external_data=False, **options)
    return warnings


def main():
    import torch

    note("load")
    try:
        model = load(torch)
    except SystemExit:
        raise
    except Exception as error:
        fail("import.load", "the file cannot be loaded: %s" % short(error))
    program = request["kind"] == "program"
    if program:
        inputs = tuple(model.example_inputs[0]) if model.example_inputs else ()
        run = model.module()
    else:
        model.eval()
        inputs, run = inputs_of(torch), model
    try:
        with torch.no_grad():
            outputs = flat(run(*inputs)) if inputs else []
    except Exception as error:
        fail("import.run", "the network does not run on inputs of %s: %s" % ([list(each.shape) for each in inputs], short(error)))
    names = ["input"] if len(inputs) == 1 else ["input%d" % position for position in range(len(inputs))]
    note("convert")
    try:
        with torch.no_grad():
            warnings = export(torch, model, inputs, names)
    except Exception as error:
        fail("import.convert", "torch.onnx cannot convert it: %s" % short(error))
    floats = all(torch.is_tensor(each) and each.is_floating_point() for each in list(inputs) + outputs)
    proof = None
    if floats and outputs:
        proof = {
            "inputs": [write("%s/input%d.bin" % (request["folder"], at), each) for at, each in enumerate(inputs)],
            "outputs": [write("%s/output%d.bin" % (request["folder"], at), each) for at, each in enumerate(outputs)],
        }
    json.dump({"warnings": warnings, "proof": proof}, open(request["result"], "w"))


request = json.load(open(sys.argv[1], encoding="utf-8"))
main()
