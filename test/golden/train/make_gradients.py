"""Writes pytorch-gradients.json: the gradients of the reference networks by PyTorch in float64, of cross-entropy on one batch.

Run in the project's root, with PyTorch 2.15 (`npm run bench -- train --peers` makes an environment that has it):
    .cache/peers/torch/bin/python test/golden/train/make_gradients.py

Of each tensor's gradient its length and its products with three waves are kept, which is little and misses nothing that matters.
"""

import json
import subprocess
from pathlib import Path

import torch
from torch.nn import functional as f

FOLDER = Path(__file__).parent


def padded(x, pads, value=0.0):
    return f.pad(x, (pads[1], pads[3], pads[0], pads[2]), value=value)


def run(node, inputs):
    """One operator of ONNX (opset 21) on tensors."""
    op, a, x = node["op"], node["attributes"], inputs[0]
    pads, strides = a.get("pads", [0, 0, 0, 0]), a.get("strides", [1, 1])
    if op == "Conv":
        return f.conv2d(padded(x, pads), *inputs[1:], stride=strides, groups=a.get("group", 1))
    if op == "ConvTranspose":
        return f.conv_transpose2d(x, *inputs[1:], stride=strides)
    if op == "BatchNormalization":
        return f.batch_norm(x, None, None, inputs[1], inputs[2], training=True, eps=a.get("epsilon", 1e-5))
    if op == "MaxPool":
        return f.max_pool2d(padded(x, pads, float("-inf")), a["kernel_shape"], strides)
    if op == "AveragePool":
        ones = f.avg_pool2d(padded(torch.ones_like(x), pads), a["kernel_shape"], strides)
        return f.avg_pool2d(padded(x, pads), a["kernel_shape"], strides) / ones
    if op == "GlobalAveragePool":
        return x.mean((2, 3), keepdim=True)
    if op == "Gemm":
        return f.linear(x, inputs[1] if a.get("transB") else inputs[1].T, inputs[2] if len(inputs) > 2 else None)
    if op == "LayerNormalization":
        return f.layer_norm(x, x.shape[-1:], *inputs[1:], eps=a.get("epsilon", 1e-5))
    if op == "Reshape":
        shape = [x.shape[i] if size == 0 else size for i, size in enumerate(inputs[1].long().tolist())]
        return x.reshape(shape)
    if op == "ReduceMean":
        return x.mean(inputs[1].long().tolist(), keepdim=bool(a.get("keepdims", 1)))
    if op == "Transpose":
        return x.permute(a["perm"])
    if op == "Softmax":
        return f.softmax(x, a.get("axis", -1))
    if op == "Concat":
        return torch.cat(inputs, a["axis"])
    two = {"Add": torch.add, "Sub": torch.sub, "Mul": torch.mul, "MatMul": torch.matmul}
    if op in two:
        return two[op](x, inputs[1])
    one = {
        "Tanh": torch.tanh,
        "Sigmoid": torch.sigmoid,
        "Softplus": f.softplus,
        "HardSwish": f.hardswish,
        "Gelu": f.gelu,
        "Flatten": lambda value: value.flatten(1),
        "Identity": lambda value: value,
    }
    return one[op](x)


def gradients(network, batch):
    values = {name: torch.tensor(network["values"][name], dtype=torch.float64).reshape(shape) for name, shape in network["shapes"].items()}
    for name in network["parameters"]:
        values[name].requires_grad_(True)
    values[network["input"]] = torch.tensor(batch["data"], dtype=torch.float64).reshape(batch["shape"])
    for node in network["nodes"]:
        values[node["outputs"][0]] = run(node, [values[name] for name in node["inputs"]])
    labels = torch.tensor(batch["labels"], dtype=torch.float64).reshape(batch["labelShape"])
    loss = -(labels * f.log_softmax(values[network["output"]], 1)).sum() / len(labels)
    loss.backward()
    return {"loss": loss.item(), "gradients": {name: summary(values[name].grad.flatten()) for name in network["parameters"]}}


def summary(gradient):
    places = torch.arange(len(gradient), dtype=torch.float64)
    return [gradient.norm().item(), *[(gradient * torch.sin(places * wave)).sum().item() for wave in (0.1, 0.77, 2.3)]]


made = subprocess.run(["node", "scripts/run-ts.mjs", "test/golden/train/networks-as-json.ts"], check=True, capture_output=True, text=True).stdout
given = json.loads(made)
found = {name: gradients(network, given["batch"]) for name, network in given["networks"].items()}
(FOLDER / "pytorch-gradients.json").write_text(json.dumps({"torch": torch.__version__, "networks": found}, indent=1) + "\n")
