#!/usr/bin/env python3
"""Writes pytorch/: files of torch.save as people hold them, and what should be read of each. Needs numpy and torch.

Each NAME.safetensors holds the tensors that NAME.pt (zip format) and NAME.legacy.pt (the format before torch 1.6) are
to be read as, in row-major order, written by hand from what torch itself says of the values; `__metadata__` are the
settings. `refused_*.pt` are read by nobody without torch. Models are those of ../model/architectures.
"""
import collections
import dataclasses
import json
import pathlib
import struct
import sys
import types

import numpy as np
import torch

HERE = pathlib.Path(__file__).resolve().parent
OUT = HERE / "pytorch"
MODELS = HERE.parent / "model" / "architectures"
NAMES = {torch.float64: "F64", torch.float32: "F32", torch.float16: "F16", torch.bfloat16: "BF16", torch.int64: "I64",
         torch.int32: "I32", torch.int16: "I16", torch.int8: "I8", torch.uint8: "U8", torch.bool: "BOOL",
         torch.complex64: "C64"}
DTYPES = {name: dtype for dtype, name in NAMES.items()}


def raw_bytes(tensor):
    """The values one after the other, the last index fastest, as torch lists them."""
    tensor = tensor.detach()
    if tensor.dtype == torch.bfloat16:  # NumPy has none: the upper half of a float
        return b"".join(struct.pack("<f", value)[2:] for value in tensor.float().reshape(-1).tolist())
    return np.ascontiguousarray(tensor.numpy()).tobytes()


def write_safetensors(path, tensors, metadata=None):
    header, data = {"__metadata__": metadata} if metadata else {}, b""
    for name, tensor in sorted(tensors.items(), key=lambda each: (-each[1].element_size(), each[0])):
        raw = raw_bytes(tensor)
        header[name] = {"dtype": NAMES[tensor.dtype], "shape": list(tensor.shape),
                        "data_offsets": [len(data), len(data) + len(raw)]}
        data += raw
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(struct.pack("<Q", len(text)) + text + data)


def read_safetensors(path):
    whole = path.read_bytes()
    size, = struct.unpack("<Q", whole[:8])
    header = json.loads(whole[8:8 + size])
    header.pop("__metadata__", None)
    tensors = collections.OrderedDict()
    for name, each in header.items():
        begin, end = each["data_offsets"]
        dtype = DTYPES[each["dtype"]]
        flat = torch.frombuffer(bytearray(whole[8 + size + begin:8 + size + end]), dtype=dtype)
        tensors[name] = flat.reshape(each["shape"]).clone()
    return tensors


def save(name, what, tensors, metadata=None):
    torch.save(what, OUT / f"{name}.pt")
    torch.save(what, OUT / f"{name}.legacy.pt", _use_new_zipfile_serialization=False)
    write_safetensors(OUT / f"{name}.safetensors", tensors, metadata)


# ---- models as people hold them -------------------------------------------------------------------------------------

def decision_transformer():
    tensors = read_safetensors(MODELS / "decision_transformer" / "model.safetensors")
    d_model = tensors["action_predictor.weight"].shape[-1]
    torch.manual_seed(1)
    for name, shape in {"state_embedding.weight": (d_model, 3 * 3 * 20), "action_embedding.0.weight": (8, d_model),
                        "action_predictor.weight": (7, d_model), "action_predictor.bias": (7,)}.items():
        assert name in tensors, name
        tensors[name] = torch.randn(shape)
    config = {"n_layers": 2, "n_heads": 3, "d_model": 6, "d_mlp": 5, "n_ctx": 5, "layer_norm": "LN", "gated_mlp": True}
    texts = {"environment_config": json.dumps({"env_id": "MiniGrid-MemoryS7FixedStart-v0", "view_size": 3}),
             "model_config": json.dumps(config), "offline_config": json.dumps({"trajectory_path": "a/b.gz"})}
    save("decision_transformer", {"model_state_dict": tensors, **texts}, tensors, texts)
    torch.save({"model_state_dict": tensors, **texts}, OUT / "decision_transformer.protocol4.pt", pickle_protocol=4)


def transformer_lens():
    tensors = read_safetensors(MODELS / "transformer_lens" / "model.safetensors")
    stored = collections.OrderedDict()
    for name, tensor in tensors.items():  # as einops' rearrange and folding leave them: some are no longer in order
        turned = name.endswith(("W_O", "W_U", "W_in"))
        stored[name] = tensor.transpose(-1, -2).contiguous().transpose(-1, -2) if turned else tensor
    save("transformer_lens", stored, tensors)


def nano_gpt():
    tensors = read_safetensors(MODELS / "nanogpt" / "model.safetensors")
    compiled = collections.OrderedDict(("_orig_mod." + name, tensor) for name, tensor in tensors.items())
    parameters = [torch.nn.Parameter(tensor.clone()) for tensor in tensors.values() if tensor.is_floating_point()]
    optimizer = torch.optim.AdamW(parameters, lr=1e-3)
    for parameter in parameters:
        parameter.grad = torch.ones_like(parameter)
    optimizer.step()
    config = json.loads((MODELS / "nanogpt" / "config.json").read_text()) if (
        MODELS / "nanogpt" / "config.json").exists() else {}
    settings = {"out_dir": "out", "eval_interval": 2000, "n_layer": 12, "n_head": 12, "learning_rate": 0.25,
                "compile": True, "min_lr": float("inf")}
    save("nanogpt", {"model": compiled, "optimizer": optimizer.state_dict(), "model_args": config, "iter_num": 2000,
                     "best_val_loss": torch.tensor(1.5), "config": settings},
         compiled, {"model_args": json.dumps(config, separators=(",", ":")), "iter_num": "2000",
                    "config": json.dumps(settings, separators=(",", ":"))})


@dataclasses.dataclass
class HookedTransformerConfig:
    n_layers: int = 2
    n_heads: int = 3
    act_fn: str = "gelu"
    device: torch.device = torch.device("cpu")
    dtype: torch.dtype = torch.float32
    normalization_type: str = "LN"
    tokenizer_name: str = None
    final_rms: bool = False


class HookedTransformer(torch.nn.Module):
    """A module of modules, by the names of a state dict."""

    def add(self, path, tensor):
        head, _, rest = path.partition(".")
        if rest:
            if head not in self._modules:
                self.add_module(head, HookedTransformer())
            self._modules[head].add(rest, tensor)
        elif tensor.is_floating_point() and head != "IGNORE":
            self.register_parameter(head, torch.nn.Parameter(tensor))
        else:
            self.register_buffer(head, tensor)


def pickled_module():
    """The object itself, of classes that nobody who reads it has."""
    library = types.ModuleType("transformer_lens_elsewhere")
    for each in (HookedTransformer, HookedTransformerConfig):
        each.__module__ = library.__name__
        setattr(library, each.__name__, each)
    sys.modules[library.__name__] = library
    tensors = read_safetensors(MODELS / "transformer_lens" / "model.safetensors")
    model = HookedTransformer()
    for name, tensor in tensors.items():
        model.add(name, tensor)
    model.cfg = HookedTransformerConfig()
    model.tokenizer = None
    model.register_buffer("not_saved", torch.ones(3), persistent=False)
    model.register_parameter("none", None)
    assert set(model.state_dict()) == set(tensors)
    cfg = {"n_layers": 2, "n_heads": 3, "act_fn": "gelu", "device": "cpu", "dtype": "torch.float32",
           "normalization_type": "LN", "tokenizer_name": None, "final_rms": False}
    save("module", model, tensors, {"cfg": json.dumps(cfg, separators=(",", ":"))})
    torch.save({"model": torch.nn.DataParallel(model), "epoch": 3}, OUT / "module_in_dict.pt")
    del sys.modules[library.__name__]


def sharded():
    tensors = read_safetensors(MODELS / "gpt2" / "model.safetensors")
    folder = OUT / "sharded"
    folder.mkdir(exist_ok=True)
    names, places = list(tensors), {}
    for k, part in enumerate((names[:9], names[9:])):
        file = f"pytorch_model-{k + 1:05}-of-00002.bin"
        stored = {name: tensors[name].t().contiguous().t() if k == 1 and tensors[name].dim() == 2 else tensors[name]
                  for name in part}
        torch.save(stored, folder / file, _use_new_zipfile_serialization=k == 0)
        places.update({name: file for name in part})
    (folder / "pytorch_model.bin.index.json").write_text(json.dumps({"metadata": {"total_size": 1},
                                                                     "weight_map": places}))
    write_safetensors(OUT / "sharded.safetensors", tensors)


# ---- kinds of tensors -----------------------------------------------------------------------------------------------

def dtypes():
    torch.manual_seed(2)
    tensors = {}
    for dtype, name in NAMES.items():
        values = torch.randn(3, 5) * 40
        tensors[name] = (values.abs() if dtype == torch.uint8 else values).to(dtype)
        if dtype == torch.complex64:
            tensors[name] = torch.complex(values, torch.randn(3, 5))
    tensors["scalar"] = torch.tensor(2.5, dtype=torch.float64)
    tensors["empty"] = torch.zeros(3, 0, 2)
    tensors["half of one"] = torch.arange(12.).to(torch.bfloat16)[5:11]  # not aligned for anything wider
    tensors["learns"] = torch.nn.Parameter(torch.randn(2))
    save("dtypes", tensors, tensors)


def strided():
    torch.manual_seed(3)
    base = torch.randn(6, 7)
    deep = torch.randn(2, 3, 4, 5)
    brain = (torch.randn(9, 8) * 3).to(torch.bfloat16)
    tensors = {
        "base": base, "tied": base, "transposed": base.t(), "rows": base[2:5], "columns": base[:, 1:4],
        "steps": base[::2, ::3], "element": base[3, 4], "column": base[:, 2], "diagonal": base.diagonal(),
        "flat": base.view(-1)[5:20], "expanded": base[1].expand(3, 7), "expanded twice": torch.randn(1).expand(4, 5),
        "expanded inside": base[:, :1].expand(6, 3).t(), "overlapping": base.as_strided((4, 5), (2, 1), 3),
        "permuted": deep.permute(3, 1, 0, 2), "one axis of one": deep[:, :, 1:2, :].transpose(1, 2),
        "heads": deep.reshape(6, 20).t().reshape(20, 2, 3).permute(1, 0, 2), "brain": brain.t(),
        "brain steps": brain[1::3, 1::2], "bytes": torch.arange(24, dtype=torch.uint8).view(4, 6).t(),
        "wide": torch.arange(24, dtype=torch.int64).view(4, 6).t(), "nothing": base[:, 3:3],
    }
    save("strided", tensors, tensors)


def refused():
    ok = {"ok": torch.ones(2)}
    class Labelled(torch.Tensor):
        pass
    sys.modules["__main__"].Labelled = Labelled
    Labelled.__qualname__ = "Labelled"
    files = {
        "quantised": {**ok, "bad": torch.quantize_per_tensor(torch.ones(3), 0.1, 10, torch.quint8)},
        "sparse": {**ok, "bad": torch.eye(3).to_sparse()},
        "numpy": {**ok, "bad": np.ones(3)},
        "complex128": {**ok, "bad": torch.ones(3, dtype=torch.complex128)},
        "subclass": {**ok, "bad": torch.ones(3).as_subclass(Labelled)},
        "meta": {**ok, "bad": torch.ones(3, device="meta")},
    }
    for name, what in files.items():
        try:
            torch.save(what, OUT / f"refused_{name}.pt")
        except Exception as why:  # some versions of torch save none of the kind
            print(f"refused_{name}.pt: not written: {why}")
            (OUT / f"refused_{name}.pt").unlink(missing_ok=True)
    torch.jit.save(torch.jit.script(torch.nn.Linear(2, 2)), OUT / "refused_script.pt")


def main():
    OUT.mkdir(exist_ok=True)
    for make in (decision_transformer, transformer_lens, nano_gpt, pickled_module, sharded, dtypes, strided, refused):
        make()


if __name__ == "__main__":
    main()
