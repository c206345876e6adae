"""Importance of every channel of a small network under Torch-Pruning's criteria, written as JSON.

    pip install torch==2.15.0 torch-pruning==1.6.1 numpy==2.4.6
    python test/golden/prune/make_importance.py test/golden/prune/importance.json

The network: conv a, conv b with a residual sum, conv d, 1x1 conv e, mean over the picture, linear f. With and without batch normalization.
"""

import json
import sys

import torch
import torch.nn as nn
import torch.nn.functional as F
import torch_pruning as tp

WIDTH, INNER, CLASSES = 6, 5, 4


class Net(nn.Module):
    def __init__(self, bn):
        super().__init__()
        norm = (lambda n: nn.BatchNorm2d(n)) if bn else (lambda n: nn.Identity())
        self.a, self.na = nn.Conv2d(3, WIDTH, 3, padding=1), norm(WIDTH)
        self.b, self.nb = nn.Conv2d(WIDTH, WIDTH, 3, padding=1), norm(WIDTH)
        self.d, self.nd = nn.Conv2d(WIDTH, WIDTH, 3, padding=1), norm(WIDTH)
        self.e, self.ne = nn.Conv2d(WIDTH, INNER, 1), norm(INNER)
        self.f = nn.Linear(INNER, CLASSES)

    def forward(self, x):
        x = F.relu(self.na(self.a(x)))
        x = F.relu(x + self.nb(self.b(x)))
        x = F.relu(self.nd(self.d(x)))
        x = F.relu(self.ne(self.e(x)))
        return self.f(x.mean((2, 3)))


def scores(net, importance):
    """By maker of the group's channels."""
    graph = tp.DependencyGraph().build_dependency(net, torch.zeros(1, 3, 6, 6))
    out = {}
    for name, root in (("a", net.a), ("d", net.d), ("e", net.e)):
        group = graph.get_pruning_group(root, tp.prune_conv_out_channels, idxs=list(range(root.out_channels)))
        out[name] = importance(group).tolist()
    return out


def tensors(net):
    return {k: {"dims": list(v.shape), "values": v.flatten().tolist()} for k, v in net.state_dict().items() if v.dtype == torch.float32}


def case(bn):
    torch.manual_seed(5 + bn)
    net = Net(bn).eval()
    if bn:
        for m in net.modules():
            if isinstance(m, nn.BatchNorm2d):
                m.weight.data.uniform_(0.2, 2)
                m.bias.data.normal_()
                m.running_mean.normal_()
                m.running_var.uniform_(0.5, 2)
    found = {}
    I = tp.pruner.importance
    for reduction in ("mean", "max", "sum", "prod", "first"):
        found[f"l2 {reduction} mean"] = scores(net, I.GroupMagnitudeImportance(p=2, group_reduction=reduction))
    for normalizer, ours in ((None, "none"), ("sum", "sum"), ("max", "max"), ("standarization", "range"), ("gaussian", "gaussian")):
        found[f"l2 mean {ours}"] = scores(net, I.GroupMagnitudeImportance(p=2, normalizer=normalizer))
    found["l1 mean none"] = scores(net, I.GroupMagnitudeImportance(p=1, normalizer=None))
    found["lamp mean none"] = scores(net, I.LAMPImportance())
    if bn:
        found["bn-scale mean mean"] = scores(net, I.BNScaleImportance())
        return {"tensors": tensors(net), "importance": found}
    # Of the signed weights, as the paper has it; Torch-Pruning 1.6.1 takes distances of squared weights (p = 2) or magnitudes (p = 1).
    magnitude, torch.Tensor.abs = torch.Tensor.abs, lambda self: self
    found["fpgm mean none"] = scores(net, I.FPGMImportance(p=1, normalizer=None))
    torch.Tensor.abs = magnitude
    inputs, labels = torch.randn(8, 3, 6, 6), torch.arange(8) % CLASSES
    F.cross_entropy(net(inputs), labels).backward()
    # Lathe has its square, as the paper; the greatest of squares is the square of the greatest.
    taylor = scores(net, I.GroupTaylorImportance(normalizer=None, multivariable=True, group_reduction="max"))
    found["taylor max none"] = {name: [v * v for v in values] for name, values in taylor.items()}
    hessian = I.GroupHessianImportance(normalizer=None)
    total = {}
    for i in range(8):
        net.zero_grad()
        F.cross_entropy(net(inputs[i : i + 1]), labels[i : i + 1]).backward()
        for p in net.parameters():
            total[p] = total.get(p, 0) + p.grad.detach() ** 2 / 8
    for p, g in total.items():
        p.grad.data = g
    found["hessian mean none"] = scores(net, hessian)
    return {"tensors": tensors(net), "importance": found, "inputs": inputs.flatten().tolist(), "labels": labels.tolist()}


rounded = lambda x: float(f"{x:.7g}") if isinstance(x, float) else x
walk = lambda v: {k: walk(x) for k, x in v.items()} if isinstance(v, dict) else [walk(x) for x in v] if isinstance(v, list) else rounded(v)
json.dump(walk({"plain": case(False), "normalized": case(True)}), open(sys.argv[1], "w"))
