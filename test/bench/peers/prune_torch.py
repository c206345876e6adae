"""Torch-Pruning on an ONNX file by way of onnx2torch: what is left, how long it took, and how well it does. JSON, also of what failed.

prune_torch.py MODEL.onnx SETTINGS.json, with the settings

    ratios      parts of the channels that go, uniform in all groups
    input       shape of the example input
    ends        widths of the layers that make the outputs, where there are several: none of them may be cut
    shortcuts   true: shortcuts that slice and pad are first rewritten as convolutions
    test        {"pictures": FILE.npy, "labels": […]}; null: no accuracy
    train       as test, with "fill": by channel, what pads a picture; null: no fine-tuning
    epochs      of the fine-tuning
"""

import copy
import json
import sys
import time

import numpy
import onnx
import torch
import torch_pruning
from onnx import helper, numpy_helper
from onnx2torch import convert
from torch.nn import functional

BATCH, PADDING = 128, 4

path = sys.argv[1]
with open(sys.argv[2]) as file:
    settings = json.load(file)
torch.set_num_threads(1)


def with_convolutions(model):
    """Option A's shortcut (every second pixel, as many channels of zeros again around the old) as the 1x1 convolution that computes it."""
    graph = onnx.shape_inference.infer_shapes(model).graph
    widths = {value.name: value.type.tensor_type.shape.dim[1].dim_value for value in graph.value_info if len(value.type.tensor_type.shape.dim) == 4}
    makers = {name: node for node in model.graph.node for name in node.output}
    for node in [node for node in model.graph.node if node.op_type == "Pad"]:
        source = node.input[0]
        while makers[source].op_type == "Slice":
            source = makers[source].input[0]
        width = widths[source]
        weight = numpy.zeros((2 * width, width, 1, 1), numpy.float32)
        weight[numpy.arange(width) + width // 2, numpy.arange(width)] = 1
        name = node.output[0] + "_weight"
        model.graph.initializer.append(numpy_helper.from_array(weight, name))
        convolution = helper.make_node("Conv", [source, name], node.output, node.name, kernel_shape=[1, 1], strides=[2, 2])
        model.graph.node.insert(list(model.graph.node).index(node), convolution)
        model.graph.node.remove(node)
    while True:
        used = {name for node in model.graph.node for name in node.input} | {value.name for value in model.graph.output}
        dead = [node for node in model.graph.node if not used & set(node.output)]
        if not dead:
            return model
        for node in dead:
            model.graph.node.remove(node)


def network_of():
    model = onnx.load(path)
    return convert(with_convolutions(model) if settings["shortcuts"] else model)


def last_layers(network):
    """What makes the outputs has to be listed by hand: its widths are what the network says."""
    layers = [module for module in network.modules() if isinstance(module, (torch.nn.Conv2d, torch.nn.Linear))]
    ends = settings.get("ends")
    return [layer for layer in layers if layer.weight.shape[0] in ends] if ends else layers[-1:]


def logits_of(network, pictures):
    """What cross entropy takes, also of a network that ends in a softmax."""
    made = network(pictures).flatten(1)
    ends = any(isinstance(module, torch.nn.Softmax) or "Softmax" in type(module).__name__ for module in network.modules())
    return torch.log(made.clamp_min(1e-12)) if ends else made


def top1(network):
    pictures, labels = numpy.load(settings["test"]["pictures"], mmap_mode="r"), settings["test"]["labels"]
    network.eval()
    hits = 0
    with torch.no_grad():
        for start in range(0, len(labels), BATCH):
            made = network(torch.from_numpy(pictures[start : start + BATCH].copy())).flatten(1)
            hits += (made.argmax(1) == torch.tensor(labels[start : start + BATCH])).sum().item()
    return 100 * hits / len(labels)


def augmented(pictures, fill):
    """Padded, cut out at a random place and mirrored by chance."""
    count, _, height, width = pictures.shape
    fill = torch.tensor(fill, dtype=torch.float32)[None, :, None, None]
    padded = functional.pad(pictures - fill, [PADDING] * 4) + fill
    made = torch.empty_like(pictures)
    for i, (y, x) in enumerate(torch.randint(2 * PADDING + 1, (count, 2)).tolist()):
        window = padded[i, :, y : y + height, x : x + width]
        made[i] = window.flip(-1) if torch.rand(()) < 0.5 else window
    return made


def finetune(network):
    """Adam 1e-3, weight decay 1e-3, cosine to 0, cross entropy."""
    torch.manual_seed(0)
    pictures, labels = torch.from_numpy(numpy.load(settings["train"]["pictures"])), torch.tensor(settings["train"]["labels"])
    steps = len(labels) // BATCH
    optimizer = torch.optim.Adam(network.parameters(), 1e-3, weight_decay=1e-3)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps * settings["epochs"])
    network.train()
    for _ in range(settings["epochs"]):
        order = torch.randperm(len(labels))
        for step in range(steps):
            chosen = order[step * BATCH : (step + 1) * BATCH]
            optimizer.zero_grad()
            functional.cross_entropy(logits_of(network, augmented(pictures[chosen], settings["train"]["fill"])), labels[chosen]).backward()
            optimizer.step()
            schedule.step()


def pruned(network, ratio, example):
    """The least L2 norms go, mean over each group, the same part of every group. Measured is the call: dependency graph, importance, cut."""
    whole = torch_pruning.utils.count_ops_and_params(network, example)
    started, cpu = time.perf_counter(), time.process_time()
    torch_pruning.pruner.BasePruner(
        network,
        example,
        importance=torch_pruning.importance.GroupMagnitudeImportance(p=2, group_reduction="mean"),
        pruning_ratio=ratio,
        ignored_layers=last_layers(network),
    ).step()
    row = {"seconds": time.perf_counter() - started, "cpuSeconds": time.process_time() - cpu}
    with torch.no_grad():
        network(example)
    left = torch_pruning.utils.count_ops_and_params(network, example)
    return {**row, "macs": left[0] / whole[0], "parameters": left[1] / whole[1]}


def row_of(network, ratio, example):
    network = copy.deepcopy(network).eval()
    row = pruned(network, ratio, example)
    if settings["test"]:
        row["top1"] = top1(network)
    if settings["test"] and settings["train"]:
        cpu = time.process_time()
        finetune(network)
        row |= {"trainCpuSeconds": time.process_time() - cpu, "trained": top1(network)}
    return row


def failure(error):
    return {"fails": f"{type(error).__name__}: {' '.join(str(error).split())[:160]}"}


def main():
    try:
        network = network_of().eval()
        float_top1 = top1(network) if settings["test"] else None
    except Exception as error:  # a converter throws what it likes
        return {"rows": [failure(error) for _ in settings["ratios"]]}
    example, rows = torch.zeros(settings["input"]), []
    for ratio in settings["ratios"]:
        try:
            rows.append(row_of(network, ratio, example))
        except Exception as error:
            rows.append(failure(error))
    return {"float": float_top1, "rows": rows}


print(json.dumps(main()))
