#!/usr/bin/env python3
"""Random weights as safetensors files, for comparisons and for runs at the size of real models.

    make_weights.py gpt2 FILE     [--layers 12 --heads 12 --d-model 768 --d-head 64 --d-mlp 3072]
    make_weights.py llama FOLDER  [--layers 2 --heads 32 --kv-heads 8 --d-model 4096 --d-head 128 --d-mlp 14336]
    make_weights.py scores FILE   [--count 28311552]

gpt2: F32 in TransformerLens' names, what circuits of heads and neurons need. llama: BF16 in Llama's names with a
config.json, by default a pair of an 8B model's layers and a small vocabulary (0.9 GB). scores: one F32 tensor of
normal numbers. The same seed gives the same file. Needs python3-numpy.
"""
import argparse
import json
import os
import struct

import numpy as np


def write_safetensors(path, dtype, shapes, values_of):
    """Tensor by tensor: only one is in memory."""
    size = {"F32": 4, "BF16": 2}[dtype]
    head, offset = {}, 0
    for name, shape in shapes.items():
        end = offset + size * int(np.prod(shape))
        head[name] = {"dtype": dtype, "shape": list(shape), "data_offsets": [offset, end]}
        offset = end
    text = json.dumps(head, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with open(path + ".part", "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        for name, shape in shapes.items():
            values_of(name, shape).tofile(file)
    os.replace(path + ".part", path)


def normal(random, shape, scale):
    values = random.standard_normal(shape, "f4")
    values *= np.float32(scale)
    return values


def to_bf16(values):
    """Rounded to nearest, ties to even."""
    bits = values.view("u4")
    return ((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16).astype("u2")


def make_gpt2(path, o):
    shapes = {}
    for l in range(o.layers):
        shapes[f"blocks.{l}.attn.W_V"] = (o.heads, o.d_model, o.d_head)
        shapes[f"blocks.{l}.attn.W_O"] = (o.heads, o.d_head, o.d_model)
        shapes[f"blocks.{l}.mlp.W_in"] = (o.d_model, o.d_mlp)
    random = np.random.default_rng(o.seed)
    write_safetensors(path, "F32", shapes, lambda name, shape: normal(random, shape, shape[-2] ** -0.5))


def make_llama(folder, o):
    os.makedirs(folder, exist_ok=True)
    vocabulary = 512
    shapes = {"model.embed_tokens.weight": (vocabulary, o.d_model)}
    for l in range(o.layers):
        at = f"model.layers.{l}."
        shapes[at + "input_layernorm.weight"] = (o.d_model,)
        shapes[at + "self_attn.q_proj.weight"] = (o.heads * o.d_head, o.d_model)
        shapes[at + "self_attn.k_proj.weight"] = (o.kv_heads * o.d_head, o.d_model)
        shapes[at + "self_attn.v_proj.weight"] = (o.kv_heads * o.d_head, o.d_model)
        shapes[at + "self_attn.o_proj.weight"] = (o.d_model, o.heads * o.d_head)
        shapes[at + "post_attention_layernorm.weight"] = (o.d_model,)
        shapes[at + "mlp.gate_proj.weight"] = (o.d_mlp, o.d_model)
        shapes[at + "mlp.up_proj.weight"] = (o.d_mlp, o.d_model)
        shapes[at + "mlp.down_proj.weight"] = (o.d_model, o.d_mlp)
    shapes["model.norm.weight"] = (o.d_model,)
    shapes["lm_head.weight"] = (vocabulary, o.d_model)
    random = np.random.default_rng(o.seed)

    def values(name, shape):
        if len(shape) == 1:
            return to_bf16(np.exp(normal(random, shape, 0.1)))
        return to_bf16(normal(random, shape, shape[-1] ** -0.5))

    write_safetensors(os.path.join(folder, "model.safetensors"), "BF16", shapes, values)
    config = {
        "architectures": ["LlamaForCausalLM"],
        "model_type": "llama",
        "hidden_act": "silu",
        "hidden_size": o.d_model,
        "head_dim": o.d_head,
        "intermediate_size": o.d_mlp,
        "max_position_embeddings": 8192,
        "num_attention_heads": o.heads,
        "num_hidden_layers": o.layers,
        "num_key_value_heads": o.kv_heads,
        "rms_norm_eps": 1e-05,
        "rope_theta": 500000.0,
        "tie_word_embeddings": False,
        "torch_dtype": "bfloat16",
        "vocab_size": vocabulary,
    }
    with open(os.path.join(folder, "config.json"), "w") as file:
        json.dump(config, file, indent=1)


def make_scores(path, o):
    random = np.random.default_rng(o.seed)
    write_safetensors(path, "F32", {"scores": (o.count,)}, lambda name, shape: normal(random, shape, 1))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=0)
    kinds = parser.add_subparsers(dest="kind", required=True)
    sizes = {
        "gpt2": (make_gpt2, {"layers": 12, "heads": 12, "d-model": 768, "d-head": 64, "d-mlp": 3072}),
        "llama": (
            make_llama,
            {"layers": 2, "heads": 32, "kv-heads": 8, "d-model": 4096, "d-head": 128, "d-mlp": 14336},
        ),
        "scores": (make_scores, {"count": 28311552}),
    }
    for kind, (make, usual) in sizes.items():
        of_kind = kinds.add_parser(kind)
        of_kind.add_argument("path")
        of_kind.set_defaults(make=make)
        for name, value in usual.items():
            of_kind.add_argument("--" + name, type=int, default=value)
    options = parser.parse_args()
    options.make(options.path, options)


if __name__ == "__main__":
    main()
