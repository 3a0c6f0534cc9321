"""Loads checkpoints with PyTorch and checks them: torch_check.py FILE whole|stripped bias|norm SHA256 …

YOLOv5's classes are stood in for by empty ones: a pickle needs their names only. Saves what it loaded again, in three forms.
"""
import hashlib
import struct
import sys
import types
import warnings

import torch
from torch import nn


class Package(types.ModuleType):
    """A module in which every name is an empty torch module."""

    __path__ = []

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        made = type(name, (nn.Module,), {"__module__": self.__name__})
        setattr(self, name, made)
        return made


for name in "models", "models.yolo", "models.common":
    sys.modules[name] = Package(name)


def state_hash(state):
    digest = hashlib.sha256()
    for key in sorted(state, key=str.encode):
        tensor = state[key]
        digest.update(key.encode() + b"\0" + struct.pack("<I", tensor.dim()))
        digest.update(b"".join(struct.pack("<I", size) for size in tensor.shape))
        digest.update(tensor.float().contiguous().numpy().tobytes())
    return digest.hexdigest()


def check_model(model, training, gradients):
    assert type(model).__module__ == "models.yolo"
    assert model.names == ["cat", "größe"] and model.nc == 2 and model.save == sorted(model.save)
    assert model.stride.dtype == torch.float32 and model.stride is model.model[-1].stride  # one object, shared
    assert model.stride.tolist() == [8, 16] and model.hyp["lr0"] == 0.01
    assert model.yaml["head"][-1] == [[9, 5], 1, "Detect", ["nc", "anchors"]] and model.yaml["anchors"][1][1] == 61.5
    assert all(m.training is training for m in model.modules())
    assert all(p.dtype == torch.float16 and p.requires_grad is gradients for p in model.parameters())
    assert all(b.dtype in (torch.float16, torch.int64) for b in model.buffers())
    assert [m.i for m in model.model] == list(range(11)) and model.model[8].f == [-1, 3]
    assert all(m.np == sum(p.numel() for p in m.parameters()) for m in model.model)
    conv = model.model[0].conv
    assert conv.kernel_size == (6, 6) and conv.bias is None and conv.weight.shape == (16, 3, 6, 6)
    model.float()  # what YOLOv5 does first
    with torch.no_grad():
        assert conv(torch.zeros(1, 3, 32, 32)).shape == (1, 16, 16, 16)
    model.half()


def check(path, kind, first, wanted):
    file = torch.load(path, map_location="cpu")
    keys = ["epoch", "best_fitness", "model", "ema", "updates", "optimizer", "opt", "git", "date"]
    assert list(file) == keys + ["yolodeck"] * (kind == "whole"), list(file)
    assert file["opt"]["epochs"] == 7 and file["opt"]["batch_size"] > 0 and set(file["git"]) == {"remote", "branch", "commit"}

    if kind == "stripped":
        assert file["epoch"] == -1
        assert all(file[key] is None for key in ("ema", "updates", "optimizer", "best_fitness"))
        check_model(file["model"], training=False, gradients=False)
        assert state_hash(file["model"].state_dict()) == wanted
    else:
        assert file["epoch"] == 3 and file["best_fitness"] == 0.25 and file["updates"] == 41
        check_model(file["model"], training=True, gradients=True)
        check_model(file["ema"], training=False, gradients=False)
        assert state_hash(file["ema"].state_dict()) == wanted
        assert list(file["model"].state_dict()) == list(file["ema"].state_dict()) == list(file["yolodeck"]["values"])

        # The optimizer as its users build it: three groups, in the order of their generation.
        model, groups = file["model"].float(), {"bias": [], "weight": [], "norm": []}
        for module in model.modules():
            for name, parameter in module.named_parameters(recurse=False):
                is_norm = isinstance(module, nn.BatchNorm2d)
                groups["bias" if name == "bias" else "norm" if is_norm else "weight"].append(parameter)
        order = ["bias", "weight", "norm"] if first == "bias" else ["norm", "weight", "bias"]
        optimizer = torch.optim.SGD(groups[order[0]], lr=1, momentum=0.5, nesterov=True)
        for name in order[1:]:
            optimizer.add_param_group({"params": groups[name]})
        optimizer.load_state_dict(file["optimizer"])
        lr = {"norm": 0.01, "weight": 0.02, "bias": 0.1}
        for name, group in zip(order, optimizer.param_groups):
            assert group["lr"] == lr[name] and group["momentum"] == 0.937 and group["initial_lr"] == 0.01
            assert group["weight_decay"] == (5e-4 if name == "weight" else 0) and group["nesterov"] is True
        for name, parameter in model.named_parameters():
            momentum = optimizer.state[parameter]["momentum_buffer"]
            assert momentum.dtype == torch.float32 and torch.equal(momentum, file["yolodeck"]["momenta"][name]), name
        (sum((p.clamp(-1, 1) ** 2).sum() for p in model.parameters())).backward()
        optimizer.step()
        resume = file["yolodeck"]
        assert resume["version"] == 1 and resume["state"]["words"] == 'größe\n"quoted"' and resume["state"]["step"] == -(2**63)
        assert all(t.dtype in (torch.float32, torch.int64) for t in resume["average"].values())
        model.half()

    source = file["ema"] or file["model"]
    torch.save({"model": source}, path + ".zip")
    torch.save({"model": source}, path + ".legacy", _use_new_zipfile_serialization=False)
    torch.save(source.float().state_dict(), path + ".state")


warnings.filterwarnings("ignore")  # the empty classes have no source text
for at in range(1, len(sys.argv), 4):
    check(*sys.argv[at : at + 4])
