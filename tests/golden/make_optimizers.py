#!/usr/bin/env python3
"""Writes optimizers.npz: what PyTorch's optimizers make of a model's three groups, and how its GradScaler moves.

    python3 tests/golden/make_optimizers.py [PATH]

Part of YoloDeck, under its MIT licence; written from PyTorch's documentation alone. The pack beside this script was made so,
with PyTorch 2.15 and NumPy 2. The seed is fixed.

Inputs are float32; results are computed in float64 and kept as float32. Arrays:
    settings        weight decay, largest norm of all gradients, beta1
    lr, momentum    [STEPS, 3], [STEPS]: as a schedule has them; lr by group: norm weights, decayed weights, biases
    p0/G, gK/G      start, and gradient of step K, of group G (norm, weight, bias); g3 is long enough to be clipped, one number of
                    g4 is infinite, so that this step is left out
    KIND/pK/G       parameters after step K; KIND: SGD (Nesterov's), Adam, AdamW
    KIND/m/G, KIND/v/G   after the last step: momentum buffer or exp_avg; exp_avg_sq
    scaler/found    [UPDATES] 1 where a gradient was not finite
    scaler/scale, scaler/tracker   of torch.amp.GradScaler after each update; it grows after INTERVAL good ones
    params          JSON: versions, and noise: the error of float32 arithmetic on each result
"""
import json
import sys
from pathlib import Path

import numpy as np
import torch

SIZES = {"norm": 16, "weight": 384, "bias": 16}
STEPS, UPDATES, INTERVAL = 6, 200, 7
DECAY, CLIP, BETA1 = 0.05, 10.0, 0.937
rng = np.random.default_rng(5)
lr = np.stack([[0.001 * (k + 1), 0.002 * (k + 1), 0.1 - 0.01 * k] for k in range(STEPS)])
momentum = np.linspace(0.8, 0.937, STEPS)
arrays = {"settings": np.array([DECAY, CLIP, BETA1]), "lr": lr, "momentum": momentum}
noise = {}
for group, size in SIZES.items():
    arrays[f"p0/{group}"] = rng.standard_normal(size).astype(np.float32)
    for k in range(STEPS):
        arrays[f"g{k}/{group}"] = (rng.standard_normal(size) * (30 if k == 3 else 0.1)).astype(np.float32)
arrays["g4/weight"][123] = np.inf


def make(kind, parameters):
    if kind == "SGD":
        optimizer = torch.optim.SGD([parameters["norm"]], lr=1, momentum=0.5, nesterov=True)
    else:
        optimizer = getattr(torch.optim, kind)([parameters["norm"]], lr=1, betas=(BETA1, 0.999), weight_decay=0.0)
    optimizer.add_param_group({"params": [parameters["weight"]], "weight_decay": DECAY})
    optimizer.add_param_group({"params": [parameters["bias"]], "weight_decay": 0.0})
    return optimizer


def run(kind, dtype):
    parameters = {group: torch.tensor(arrays[f"p0/{group}"], dtype=dtype, requires_grad=True) for group in SIZES}
    optimizer, out = make(kind, parameters), {}
    for k in range(STEPS):
        for i, (name, group) in enumerate(zip(SIZES, optimizer.param_groups)):
            group["lr"] = lr[k, i]
            if kind == "SGD":
                group["momentum"] = momentum[k]
            parameters[name].grad = torch.tensor(arrays[f"g{k}/{name}"], dtype=dtype)
        if all(p.grad.isfinite().all() for p in parameters.values()):
            torch.nn.utils.clip_grad_norm_(list(parameters.values()), CLIP)
            optimizer.step()
        for name, p in parameters.items():
            out[f"{kind}/p{k}/{name}"] = p.detach().double().numpy().copy()
    for name, p in parameters.items():
        state = optimizer.state[p]
        out[f"{kind}/m/{name}"] = state["momentum_buffer" if kind == "SGD" else "exp_avg"].double().numpy()
        if kind != "SGD":
            out[f"{kind}/v/{name}"] = state["exp_avg_sq"].double().numpy()
    return out


def add_optimizers():
    for kind in "SGD", "Adam", "AdamW":
        exact, single = run(kind, torch.float64), run(kind, torch.float32)
        for name, array in exact.items():
            noise[name] = float(f"{np.abs(single[name] - array).max() / np.abs(array).max():.3g}")
            if name.split("/")[1] in ("p0", "p2", "p4", "p5", "m", "v"):
                arrays[name] = array.astype(np.float32)


def add_scaler():
    found = (rng.random(UPDATES) < 0.06).astype(np.float32)
    found[60:90] = 1  # down to small scales
    scaler = torch.amp.GradScaler("cpu", growth_interval=INTERVAL)
    weight = torch.zeros(1, requires_grad=True)
    optimizer = torch.optim.SGD([weight], lr=1.0)
    scales, trackers = [], []
    for bad in found:
        optimizer.zero_grad()
        scaler.scale(weight * (float("inf") if bad else 1.0)).sum().backward()
        before = weight.item()
        scaler.step(optimizer)
        scaler.update()
        assert (weight.item() == before) == bool(bad)
        scales.append(scaler.get_scale())
        trackers.append(scaler.state_dict()["_growth_tracker"])
    arrays["scaler/found"] = found
    arrays["scaler/scale"], arrays["scaler/tracker"] = np.array(scales), np.array(trackers, np.float32)


torch.set_num_threads(1)
add_optimizers()
add_scaler()
text = json.dumps({"torch": torch.__version__, "numpy": np.__version__, "interval": INTERVAL, "noise": noise}).encode()
path = sys.argv[1] if len(sys.argv) > 1 else Path(__file__).with_name("optimizers.npz")
np.savez_compressed(path, params=np.frombuffer(text, np.uint8), **arrays)
