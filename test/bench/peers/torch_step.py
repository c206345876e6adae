"""Training steps of a network in PyTorch, some whenever a line on stdin asks for them; times and peak memory as JSON.

torch_step.py TOPOLOGY.json BATCH THREADS default|channels_last [qat]
"""

import json
import resource
import sys
import time

import torch
from torch import nn
from torch.nn import functional

path, batch, threads, layout = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
qat = len(sys.argv) > 5
torch.manual_seed(0)
torch.set_num_threads(threads)


class Take(nn.Module):
    """Every other channel-wise or spatial cut of a tensor."""

    def __init__(self, starts, ends, axes, steps):
        super().__init__()
        self.cuts = [(axis, slice(start, min(end, 2**31), step)) for start, end, axis, step in zip(starts, ends, axes, steps)]

    def forward(self, x):
        index = [slice(None)] * 4
        for axis, cut in self.cuts:
            index[axis] = cut
        return x[tuple(index)]


class Zeros(nn.Module):
    def __init__(self, pads):
        super().__init__()
        half = len(pads) // 2
        self.pads = [pads[axis + part * half] for axis in reversed(range(half)) for part in (0, 1)]

    def forward(self, x):
        return functional.pad(x, self.pads)


class Plus(nn.Module):
    def forward(self, a, b):
        return a + b


def module_of(node, shapes, constants):
    """The module of a layer and which of its inputs are tensors that flow."""
    op, a, i = node["op"], node["attributes"], node["inputs"]
    pair = lambda name, default: tuple(a.get(name, default))
    if op == "Conv":
        out, per_group, *kernel = shapes[i[1]]
        group = a.get("group", 1)
        pads = a.get("pads", [0, 0, 0, 0])
        even = pads[:2] == pads[2:]
        conv = nn.Conv2d(per_group * group, out, kernel, pair("strides", (1, 1)), pads[:2] if even else 0, pair("dilations", (1, 1)), group, len(i) > 2)
        return conv if even else nn.Sequential(nn.ZeroPad2d((pads[1], pads[3], pads[0], pads[2])), conv)
    if op == "BatchNormalization":
        return nn.BatchNorm2d(shapes[i[1]][0], eps=a.get("epsilon", 1e-5))
    if op == "Relu":
        return nn.ReLU()
    if op == "Clip":
        return nn.ReLU6()
    if op == "MaxPool":
        return nn.MaxPool2d(a["kernel_shape"], a.get("strides", [1, 1]), a.get("pads", [0, 0])[:2])
    if op == "AveragePool":
        return nn.AvgPool2d(a["kernel_shape"], a.get("strides", [1, 1]))
    if op == "GlobalAveragePool":
        return nn.AdaptiveAvgPool2d(1)
    if op == "Flatten":
        return nn.Flatten()
    if op == "Gemm":
        out, inputs = shapes[i[1]]
        return nn.Linear(inputs, out)
    if op == "Slice":
        values = [[int(value) for value in constants[name]] for name in i[1:]]
        return Take(*values, *([[1] * len(values[0])] if len(values) == 3 else []))
    if op == "Pad":
        return Zeros([int(value) for value in constants[i[1]]])
    if op == "Add":
        return Plus()
    if op == "Softmax":
        return nn.Softmax(-1)
    if op == "Identity":
        return nn.Identity()
    raise NotImplementedError(op)


class Network(nn.Module):
    def __init__(self, topology):
        super().__init__()
        self.input, self.output, self.wiring = topology["input"], topology["output"], []
        for index, node in enumerate(topology["nodes"]):
            self.add_module(f"layer{index}", module_of(node, topology["shapes"], topology["constants"]))
            flowing = [name for name in node["inputs"] if name and name not in topology["shapes"]]
            self.wiring.append((f"layer{index}", flowing, node["outputs"][0]))

    def forward(self, x):
        values = {self.input: x}
        for layer, inputs, output in self.wiring:
            values[output] = getattr(self, layer)(*[values[name] for name in inputs])
        return values[self.output]


with open(path) as file:
    topology = json.load(file)
network = Network(topology).train()
data = torch.randn(batch, *topology["inputShape"])
labels = torch.arange(batch) % topology["classes"]
if qat:
    from torch.ao.quantization import get_default_qat_qconfig_mapping
    from torch.ao.quantization.quantize_fx import prepare_qat_fx

    network = prepare_qat_fx(network, get_default_qat_qconfig_mapping("x86"), (data[:1],))
if layout == "channels_last":
    network, data = network.to(memory_format=torch.channels_last), data.to(memory_format=torch.channels_last)
optimizer = torch.optim.SGD(network.parameters(), 1e-3, momentum=0.9)


def step():
    optimizer.zero_grad()
    functional.cross_entropy(network(data), labels).backward()
    optimizer.step()


for line in sys.stdin:
    steps = []
    for _ in range(int(line)):
        wall, cpu = time.perf_counter(), time.process_time()
        step()
        steps.append({"wall": (time.perf_counter() - wall) * 1000, "cpu": (time.process_time() - cpu) * 1000})
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"steps": steps, "peakMiB": peak, "capability": torch.backends.cpu.get_cpu_capability()}), flush=True)
