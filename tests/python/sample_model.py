"""A transformer of random numbers under TransformerLens' names, as arrays and as a safetensors file."""
import json
import struct

import numpy


def arrays(layers=2, heads=3, d_model=16, d_head=5, d_mlp=11, vocabulary=13, seed=0):
    random = numpy.random.default_rng(seed)
    draw = lambda *shape: random.standard_normal(shape).astype("f4")
    tensors = {"embed.W_E": draw(vocabulary, d_model), "unembed.W_U": draw(d_model, vocabulary)}
    for layer in range(layers):
        name = f"blocks.{layer}."
        for part in "QKV":
            tensors[f"{name}attn.W_{part}"] = draw(heads, d_model, d_head)
        tensors[name + "attn.W_O"] = draw(heads, d_head, d_model)
        tensors[name + "mlp.W_in"] = draw(d_model, d_mlp)
        tensors[name + "mlp.W_out"] = draw(d_mlp, d_model)
    return tensors


def write_safetensors(path, tensors):
    header, at = {}, 0
    for name, value in tensors.items():
        header[name] = {"dtype": "F32", "shape": list(value.shape), "data_offsets": [at, at + value.nbytes]}
        at += value.nbytes
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        for value in tensors.values():
            file.write(value.tobytes())
