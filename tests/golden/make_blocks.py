#!/usr/bin/python3
"""Writes blocks.npz: what PyTorch makes of the blocks that a model, its loss and its optimizer consist of.

    /usr/bin/python3 tests/golden/make_blocks.py [PATH]

Part of YoloDeck, under its MIT licence; written from the published formulas and PyTorch's functions alone.
The pack beside this script was made so, with Debian 12's Python 3.11.2, PyTorch 1.13.0a0 (python3-torch) and
NumPy 1.24.2. The seed is fixed: the same versions on the same kind of processor write the same bytes.

Inputs are float32; results are computed in float64 and kept as float32. `params` is JSON text as uint8:
    torch, numpy  the versions
    noise         for each result the error that PyTorch's own float32 makes on it, largest difference over
                  largest magnitude, the worse of contiguous and channels-last
    the rest      what a test needs to know of the arrays, by group

An array is named GROUP/ARRAY:
    conv_*    x, w, gamma, beta, mean, var, g: convolution, batch norm, SiLU, and the gradient of the output;
              y, mean1, var1, dx, dw, dgamma, dbeta: training; y_eval: evaluation, which uses mean and var
    pool      x (few distinct values: most windows have ties), g; y, dx: max pool 5, stride 1
    upsample  x, g; y, dx: nearest, factor 2
    ciou      b1, b2: boxes as centre and size; for each form of epsilon the CIoU, and its gradient for b1
    loss_*    p, t: raw map [B, na, H, W, 5 + classes] and targets of one level; items (box, obj, cls: means
              with their gains), total, dp
    decode    p0, p1: raw maps of two levels; box [B, N, 4] in pixels, score [B, N, 1 + classes]
    sgd_*     p0, g0, g1, g2; after each step parameters p1, p2, p3, momenta m1, m2, m3 and moving averages
              ema1, ema2, ema3
"""
import json
import math
import sys
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F

NORM_EPS, NORM_MOMENTUM = 1e-3, 0.03
rng = np.random.default_rng(20)


def normal(*shape, scale=1.0):
    return (scale * rng.standard_normal(shape)).astype(np.float32)


def uniform(low, high, *shape):
    return rng.uniform(low, high, shape).astype(np.float32)


class Pack:
    def __init__(self):
        self.arrays, self.params = {}, {"torch": torch.__version__, "numpy": np.__version__, "noise": {}}

    def add(self, group, compute, inputs):
        """Keeps the inputs, and what compute(dict of tensors) → dict of tensors makes of them."""
        def run(dtype, layout):
            made = compute({k: self.tensor(v, dtype, layout) for k, v in inputs.items()})
            return {k: v.detach().double().contiguous().numpy() for k, v in made.items()}

        exact = run(torch.float64, torch.contiguous_format)
        single = [run(torch.float32, layout) for layout in (torch.contiguous_format, torch.channels_last)]
        for name, array in inputs.items():
            self.arrays[f"{group}/{name}"] = array
        for name, array in exact.items():
            magnitude = np.abs(array).max()
            worst = max(np.abs(other[name] - array).max() for other in single)
            self.params["noise"][f"{group}/{name}"] = float(f"{worst / magnitude if magnitude else 0:.3g}")
            self.arrays[f"{group}/{name}"] = array.astype(np.float32)

    @staticmethod
    def tensor(array, dtype, layout):
        made = torch.from_numpy(array).to(dtype)
        return made.contiguous(memory_format=layout if made.dim() == 4 else torch.contiguous_format)

    def write(self, path):
        text = json.dumps(self.params).encode()
        np.savez_compressed(path, params=np.frombuffer(text, np.uint8), **self.arrays)


def wanting(tensors, names):
    return [tensors[name].requires_grad_() for name in names]


# Convolution, batch norm, SiLU

def conv_norm_silu(stride, pad):
    def compute(i):
        leaves = wanting(i, ("x", "w", "gamma", "beta"))
        mean, var = i["mean"].clone(), i["var"].clone()

        def block(running_mean, running_var, training):
            z = F.conv2d(i["x"], i["w"], stride=stride, padding=pad)
            return F.silu(F.batch_norm(z, running_mean, running_var, i["gamma"], i["beta"], training,
                                       NORM_MOMENTUM, NORM_EPS))

        y = block(mean, var, True)
        dx, dw, dgamma, dbeta = torch.autograd.grad(y, leaves, i["g"])
        return {"y": y, "mean1": mean, "var1": var, "dx": dx, "dw": dw, "dgamma": dgamma, "dbeta": dbeta,
                "y_eval": block(i["mean"], i["var"], False)}
    return compute


def add_convolutions(pack):
    pack.params["convolutions"] = []
    for name, batch, channels, out, height, width, kernel, stride, pad in (
            ("conv_1x1", 2, 40, 24, 5, 7, 1, 1, 0),
            ("conv_1x1_odd", 3, 5, 19, 6, 3, 1, 1, 0),
            ("conv_1x1_blocks", 2, 32, 16, 4, 4, 1, 1, 0),
            ("conv_3x3", 2, 17, 9, 7, 5, 3, 1, 1),
            ("conv_3x3_stride_2", 2, 16, 32, 8, 8, 3, 2, 1),
            ("conv_3x3_stride_2_odd", 2, 9, 20, 9, 7, 3, 2, 1),
            ("conv_6x6_stem", 2, 3, 20, 12, 16, 6, 2, 2)):
        rows, columns = ((side + 2 * pad - kernel) // stride + 1 for side in (height, width))
        pack.params["convolutions"].append({"name": name, "stride": stride, "pad": pad})
        pack.add(name, conv_norm_silu(stride, pad), {
            "x": normal(batch, channels, height, width),
            "w": normal(out, channels, kernel, kernel, scale=(channels * kernel * kernel) ** -0.5),
            "gamma": uniform(0.5, 2, out), "beta": normal(out, scale=0.5),
            "mean": normal(out, scale=0.3), "var": uniform(0.3, 2, out),
            "g": normal(batch, out, rows, columns)})


# Pool and upsampling

def one_input(function):
    def compute(i):
        (x,) = wanting(i, ("x",))
        y = function(x)
        return {"y": y, "dx": torch.autograd.grad(y, x, i["g"])[0]}
    return compute


def add_plain_operations(pack):
    pack.add("pool", one_input(lambda x: F.max_pool2d(x, 5, stride=1, padding=2)),
             {"x": rng.integers(-3, 3, (2, 19, 9, 7)).astype(np.float32), "g": normal(2, 19, 9, 7)})
    pack.add("upsample", one_input(lambda x: F.interpolate(x, scale_factor=2, mode="nearest")),
             {"x": normal(2, 19, 5, 3), "g": normal(2, 19, 10, 6)})


# Complete IoU (Zheng et al., AAAI 2020)

EPS = 1e-7
FORMS = ("base", "v62", "v70")  # 1e-7 stands on the heights; in the arctangents only; in neither


def ciou(box, target, form):
    """[n, 4] and [n, 4] as centre and size → [n]."""
    def corners(b):
        centre, half = b[:, :2], b[:, 2:] / 2
        return centre - half, centre + half

    def sides(b, low, high):
        if form == "base":
            return high[:, 0] - low[:, 0], high[:, 1] - low[:, 1] + EPS
        return b[:, 2], b[:, 3]

    low, high = corners(box)
    target_low, target_high = corners(target)
    (w, h), (target_w, target_h) = sides(box, low, high), sides(target, target_low, target_high)
    shared = (torch.minimum(high, target_high) - torch.maximum(low, target_low)).clamp(0).prod(1)
    iou = shared / (w * h + target_w * target_h - shared + EPS)
    diagonal2 = (torch.maximum(high, target_high) - torch.minimum(low, target_low)).square().sum(1) + EPS
    distance2 = (target_low + target_high - low - high).square().sum(1) / 4
    pad = EPS if form == "v62" else 0.0
    angle = torch.atan(target_w / (target_h + pad)) - torch.atan(w / (h + pad))
    v = 4 / math.pi ** 2 * angle.square()
    alpha = (v / (v - iou + 1 + EPS)).detach()
    return iou - (distance2 / diagonal2 + v * alpha)


def add_ciou(pack):
    def boxes(count, spread, small, large):
        return np.concatenate([uniform(-spread, spread, count, 2), uniform(small, large, count, 2)], 1)

    # As in a matched cell; small ones, on which the forms differ; edges on edges, exactly in float32.
    b1 = np.concatenate([boxes(24, 0.5, 0.3, 4), boxes(16, 0.002, 0.002, 0.01)])
    b2 = np.concatenate([boxes(24, 0.5, 0.3, 4), boxes(16, 0.002, 0.002, 0.01)])
    pairs = np.array([((1, 1, 2, 2), (1, 1, 2, 2)),        # the same
                      ((1, 1, 2, 2), (1.5, 1, 3, 2)),      # three edges in common
                      ((0, 0, 1, 1), (1, 0.25, 1, 1)),     # touching
                      ((0, 0, 1, 1), (1, 1, 1, 1)),        # touching at a corner
                      ((0, 0, 1, 2), (3, -4, 2, 1)),       # apart
                      ((0, 0, 4, 4), (0.5, 0.25, 1, 2))],  # one inside the other
                     np.float32)

    def compute(i):
        (box,) = wanting(i, ("b1",))
        out = {}
        for form in FORMS:
            out[form] = ciou(box, i["b2"], form)
            out[f"{form}_gradient"] = torch.autograd.grad(out[form].sum(), box)[0]
        return out

    pack.params["ciou"] = {"forms": FORMS}
    pack.add("ciou", compute, {"b1": np.concatenate([b1, pairs[:, 0]]),
                               "b2": np.concatenate([b2, pairs[:, 1]])})


# Loss of one level

ANCHOR_T, GAINS = 4.0, {"box": 0.05, "obj": 0.7, "cls": 0.3}
ANCHORS = ((1.25, 1.625), (2.0, 3.75), (4.125, 2.875))  # grid units


def assign(targets, rows, columns):
    """[(image, anchor, row, column, class, box in its cell)]: the centre cell of every pair of target and
    anchor whose sides differ by less than ANCHOR_T, then of all pairs the neighbour to the left, above,
    right, below that lies nearer than half a cell."""
    pairs = []
    for a, (anchor_w, anchor_h) in enumerate(ANCHORS):
        for image, cls, x, y, w, h in targets.tolist():
            x, y, w, h = x * columns, y * rows, w * columns, h * rows
            ratios = w / anchor_w, h / anchor_h
            if max(max(r, 1 / r) for r in ratios) < ANCHOR_T:
                pairs.append((int(image), a, int(cls), x, y, w, h))

    def near(position):
        return position % 1 < 0.5 and position > 1

    sets = ((lambda x, y: True, 0, 0),
            (lambda x, y: near(x), 0.5, 0), (lambda x, y: near(y), 0, 0.5),
            (lambda x, y: near(columns - x), -0.5, 0), (lambda x, y: near(rows - y), 0, -0.5))
    entries = []
    for wanted, left, up in sets:
        for image, a, cls, x, y, w, h in pairs:
            if wanted(x, y):
                column = min(max(int(x - left), 0), columns - 1)
                row = min(max(int(y - up), 0), rows - 1)
                entries.append((image, a, row, column, cls, (x - column, y - row, w, h)))
    return entries


def level_loss(cls_pw, obj_pw, smoothing, form):
    def compute(i):
        (p,) = wanting(i, ("p",))
        batch, _, rows, columns, outputs = p.shape
        image, anchor, row, column, cls, box = map(list, zip(*assign(i["t"], rows, columns)))
        matched = p[image, anchor, row, column]
        share = matched[:, :4].sigmoid()
        anchors = p.new_tensor(ANCHORS)[anchor]
        scores = ciou(torch.cat([2 * share[:, :2] - 0.5, (2 * share[:, 2:]).square() * anchors], 1),
                      p.new_tensor(box), form)
        objectness = torch.zeros_like(p[..., 0])
        for place, score in zip(zip(image, anchor, row, column), scores.detach().clamp(0)):
            objectness[place] = score  # where entries share a cell the last one stays
        classes = torch.full_like(matched[:, 5:], 0.5 * smoothing)
        classes[range(len(cls)), cls] = 1 - 0.5 * smoothing

        def bce(logits, wanted, weight):
            return F.binary_cross_entropy_with_logits(logits, wanted, pos_weight=p.new_tensor([weight]))

        items = torch.stack([GAINS["box"] * (1 - scores).mean(),
                             GAINS["obj"] * bce(p[..., 4], objectness, obj_pw),
                             GAINS["cls"] * bce(matched[:, 5:], classes, cls_pw)])
        total = batch * items.sum()
        return {"items": items, "total": total.reshape(1), "dp": torch.autograd.grad(total, p)[0]}
    return compute


def add_losses(pack):
    batch, rows, columns, nc, count = 2, 8, 8, 3, 12
    pack.params["losses"] = []
    for name, cls_pw, obj_pw, smoothing, form in (("loss_plain", 1.0, 1.0, 0.0, "v70"),
                                                  ("loss_weighted", 1.7, 0.6, 0.1, "base"),
                                                  ("loss_weighted_v62", 0.8, 1.4, 0.0, "v62")):
        # Multiples of 1/256: assignment is exact in float32 too, and some lie on edges and middles of cells.
        targets = np.concatenate([rng.integers(0, batch, (count, 1)), rng.integers(0, nc, (count, 1)),
                                  rng.integers(2, 255, (count, 2)) / 256,
                                  rng.integers(24, 160, (count, 2)) / 256], 1).astype(np.float32)
        targets[:3, 2:4] = ((0.5, 0.25), (0.3125, 0.9375), (0.125, 0.6875))
        pack.params["losses"].append({"name": name, "cls_pw": cls_pw, "obj_pw": obj_pw,
                                      "label_smoothing": smoothing, "form": FORMS.index(form), "nc": nc,
                                      "anchor_t": ANCHOR_T, "anchors": ANCHORS, **GAINS})
        pack.add(name, level_loss(cls_pw, obj_pw, smoothing, form),
                 {"p": normal(batch, len(ANCHORS), rows, columns, 5 + nc, scale=1.5), "t": targets})


# Raw maps to boxes

def add_decode(pack):
    strides, anchors = (8, 16), (((10, 13), (16, 30), (33, 23)), ((30, 61), (62, 45), (59, 119)))

    def compute(i):
        boxes, scores = [], []
        for level, stride in enumerate(strides):
            p = i[f"p{level}"].sigmoid()
            batch, _, rows, columns, outputs = p.shape
            y, x = torch.meshgrid(torch.arange(rows), torch.arange(columns), indexing="ij")
            centre = (2 * p[..., :2] - 0.5 + torch.stack([x, y], -1)) * stride
            size = (2 * p[..., 2:4]).square() * p.new_tensor(anchors[level])[:, None, None]
            boxes.append(torch.cat([centre, size], -1).reshape(batch, -1, 4))
            scores.append(p[..., 4:].reshape(batch, -1, outputs - 4))
        return {"box": torch.cat(boxes, 1), "score": torch.cat(scores, 1)}

    pack.params["decode"] = {"strides": strides, "anchors": anchors}
    pack.add("decode", compute, {"p0": normal(2, 3, 4, 6, 8, scale=2), "p1": normal(2, 3, 2, 3, 8, scale=2)})


# SGD with Nesterov's momentum, and the moving average of what it makes

def add_optimizer(pack):
    lr, momentum, decay, scale = (0.1, 0.05, 0.01), (0.8, 0.87, 0.937), (0.28, 0.49, 0.63), 0.37

    def steps(weight_decay):
        def compute(i):
            p = i["p0"].clone().requires_grad_()
            average, out = i["p0"].clone(), {}
            optimizer = torch.optim.SGD([p], lr=lr[0], momentum=momentum[0], nesterov=True,
                                        weight_decay=weight_decay)
            for k in range(3):
                optimizer.param_groups[0].update(lr=lr[k], momentum=momentum[k])
                p.grad = scale * i[f"g{k}"]
                optimizer.step()
                average = decay[k] * average + (1 - decay[k]) * p.detach()
                out[f"p{k + 1}"] = p.detach().clone()
                out[f"m{k + 1}"] = optimizer.state[p]["momentum_buffer"].clone()
                out[f"ema{k + 1}"] = average
            return out
        return compute

    pack.params["optimizers"] = []
    for name, weight_decay in (("sgd_plain", 0.0), ("sgd_decayed", 0.05)):
        pack.params["optimizers"].append({"name": name, "lr": lr, "momentum": momentum, "scale": scale,
                                          "weight_decay": weight_decay, "ema_decay": decay})
        pack.add(name, steps(weight_decay), {key: normal(133) for key in ("p0", "g0", "g1", "g2")})


def main():
    torch.set_num_threads(1)
    pack = Pack()
    for add in (add_convolutions, add_plain_operations, add_ciou, add_losses, add_decode, add_optimizer):
        add(pack)
    path = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).with_name("blocks.npz")
    pack.write(path)
    print(f"{path}: {len(pack.arrays)} arrays, {path.stat().st_size} bytes")


if __name__ == "__main__":
    main()
