#!/usr/bin/env python3
"""Writes compounds/: models whose matrices are made of several stored tensors, and what they are. Needs numpy.

`compounds/scaled/NAME/` holds `model.safetensors`, 8-bit floats beside their scales under the names and with the config
of the tool that writes them so, and `plain/`, the same model with the products, as one reads it without this library:
numpy multiplies floats. `compounds/adapters/NAME/` holds an adapter as PEFT saves it (`adapter_config.json`,
`adapter_model.safetensors`) for a model of `architectures/` or `compounds/scaled/` that `base.txt` names, and `merged/`,
the model with W + scale B A in doubles, rounded once, by PEFT's public description: scale = lora_alpha / r, or
lora_alpha / sqrt(r) with use_rslora; B A transposed for fan_in_fan_out and for embeddings; what modules_to_save and
`bias` name is put in place.
"""
import json
import math
import pathlib
import shutil
import struct

import numpy as np

HERE = pathlib.Path(__file__).parent
WIDTHS = {"F32": 4, "BF16": 2, "F16": 2, "F8_E4M3": 1, "F8_E5M2": 1, "F8_E8M0": 1, "BOOL": 1}


# ---- tensors: (dtype, shape, bytes) -----------------------------------------------------------------------------------

def read(path):
    data = path.read_bytes()
    size = struct.unpack("<Q", data[:8])[0]
    header = json.loads(data[8:8 + size])
    header.pop("__metadata__", None)
    body = data[8 + size:]
    return {n: (t["dtype"], t["shape"], body[t["data_offsets"][0]:t["data_offsets"][1]]) for n, t in header.items()}


def write(path, tensors):
    path.parent.mkdir(parents=True, exist_ok=True)
    header, data = {}, b""
    for name in sorted(tensors, key=lambda each: (-WIDTHS[tensors[each][0]], each)):
        dtype, shape, raw = tensors[name]
        header[name] = {"dtype": dtype, "shape": list(shape), "data_offsets": [len(data), len(data) + len(raw)]}
        data += raw
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(struct.pack("<Q", len(text)) + text + data)


def small_floats(exponent_bits, mantissa_bits, bias):
    """What each of 256 patterns is, NaN and infinities left out by those who choose patterns."""
    values = np.zeros(256)
    for pattern in range(256):
        mantissa = pattern & (1 << mantissa_bits) - 1
        exponent = pattern >> mantissa_bits & (1 << exponent_bits) - 1
        part = mantissa / (1 << mantissa_bits)
        size = part * 2.0 ** (1 - bias) if exponent == 0 else (1 + part) * 2.0 ** (exponent - bias)
        values[pattern] = -size if pattern & 0x80 else size
    return values.astype(np.float32)


TABLES = {"F8_E4M3": small_floats(4, 3, 7), "F8_E5M2": small_floats(5, 2, 15)}


def values_of(tensor):
    dtype, shape, raw = tensor
    if dtype == "F32":
        return np.frombuffer(raw, "<f4").reshape(shape)
    if dtype == "F16":
        return np.frombuffer(raw, "<f2").astype(np.float32).reshape(shape)
    if dtype == "BF16":
        return (np.frombuffer(raw, "<u2").astype(np.uint32) << 16).view(np.float32).reshape(shape)
    codes = np.frombuffer(raw, np.uint8)
    if dtype == "F8_E8M0":
        return np.exp2(codes.astype(np.float64) - 127).astype(np.float32).reshape(shape)
    return TABLES[dtype][codes].reshape(shape)


def f32(values):
    values = np.asarray(values, np.float32)
    return ("F32", list(values.shape), values.astype("<f4").tobytes())


def stored(values, dtype):
    values = np.asarray(values, np.float32)
    if dtype == "BF16":  # cut off: the values are whatever they then are
        return ("BF16", list(values.shape), (np.atleast_1d(values).view(np.uint32) >> 16).astype("<u2").tobytes())
    if dtype == "F16":
        return ("F16", list(values.shape), values.astype("<f2").tobytes())
    if dtype == "F8_E8M0":
        return ("F8_E8M0", list(values.shape),
                np.round(np.log2(np.abs(values)) + 127).astype(np.uint8).tobytes())
    return f32(values)


def random_codes(random, shape, dtype):
    """Patterns of numbers of moderate size, subnormals and both zeros among them."""
    largest = {"F8_E4M3": 0x50, "F8_E5M2": 0x44}[dtype]
    codes = random.integers(0, largest, size=shape).astype(np.uint8) | (random.integers(0, 2, size=shape) << 7).astype(np.uint8)
    return (dtype, list(shape), codes.tobytes())


# ---- 8-bit floats beside their scales ---------------------------------------------------------------------------------

def expanded(scales, shape, block):
    """The scale of every entry."""
    rows = np.repeat(scales, block[0], 0)[:shape[0]]
    return np.repeat(rows, block[1], 1)[:, :shape[1]]


def grid(shape, layout):
    """The shape of the scales, and how many rows and columns share one."""
    if layout == "tensor":
        return [1, 1], shape
    if layout == "row":
        return [shape[0], 1], [1, shape[1]]
    return [-(-shape[0] // layout[0]), -(-shape[1] // layout[1])], layout


def write_scaled(name, architecture, quantization, layout, ending, scale_dtype, scale_rank=2, dtype="F8_E4M3",
                 beside=None, skipped=("embed", "lm_head", "norm", "bias", "rotary")):
    random = np.random.default_rng(sum(name.encode()))
    source = HERE / "architectures" / architecture
    tensors, plain = read(source / "model.safetensors"), {}
    for weight, tensor in list(tensors.items()):
        shape = tensor[1]
        if len(shape) != 2 or any(word in weight for word in skipped):
            plain[weight] = tensor
            continue
        codes = random_codes(random, shape, dtype)
        size, block = grid(shape, layout)
        scales = stored(np.exp2(random.uniform(-6, 1, size)).astype(np.float32), scale_dtype)
        product = values_of(codes) * expanded(values_of(scales), shape, block)
        tensors[weight], plain[weight] = codes, f32(product)
        tensors[weight + ending] = (scales[0], size[:scale_rank] if scale_rank else [], scales[2])
        for each in beside or []:
            tensors[weight.replace("weight", each)] = f32(np.array([0.5]))
    for at in sorted({n.rsplit(".", 2)[0] for n in tensors if "self_attn.k_proj.weight" in n}):
        if beside:
            tensors[at + ".k_scale"], tensors[at + ".v_scale"] = f32(np.array([1.5])), f32(np.array([2.5]))
    folder = HERE / "compounds" / "scaled" / name
    config = json.loads((source / "config.json").read_text())
    write(folder / "model.safetensors", tensors)
    write(folder / "plain" / "model.safetensors", plain)
    (folder / "plain" / "config.json").write_text(json.dumps(config, indent=1) + "\n")
    (folder / "config.json").write_text(json.dumps({**config, "quantization_config": quantization}, indent=1) + "\n")


def compressed(strategy, **more):
    weights = {"num_bits": 8, "type": "float", "symmetric": True, "strategy": strategy, "group_size": None,
               "block_structure": None, "dynamic": False, **more}
    return {"quant_method": "compressed-tensors", "format": "float-quantized", "quantization_status": "compressed",
            "config_groups": {"group_0": {"targets": ["Linear"], "weights": weights,
                                          "input_activations": {"num_bits": 8, "type": "float", "strategy": "token",
                                                                "dynamic": True}}},
            "ignore": ["lm_head"], "kv_cache_scheme": None}


def fine_grained(block):
    return {"quant_method": "fp8", "fmt": "e4m3", "activation_scheme": "dynamic", "weight_block_size": block}


def write_all_scaled():
    write_scaled("deepseek_blocks", "llama", fine_grained([4, 4]), [4, 4], "_scale_inv", "F32")
    write_scaled("deepseek_powers", "qwen2", {**fine_grained([3, 5]), "scale_fmt": "ue8m0"}, [3, 5], "_scale_inv", "F8_E8M0")
    write_scaled("deepseek_large_blocks", "llama_tied", fine_grained([128, 128]), "tensor", "_scale_inv", "F32")
    write_scaled("mistral_tensor", "mistral_bf16", {"quant_method": "fp8", "activation_scheme": "static",
                                                    "weight_block_size": None}, "tensor", "_scale_inv", "BF16",
                 scale_rank=0, beside=["activation_scale"])
    write_scaled("fbgemm", "llama", {"quant_method": "fbgemm_fp8", "activation_scale_ub": 1200.0,
                                     "modules_to_not_convert": ["lm_head"]}, "row", "_scale", "F32",
                 beside=["input_scale_ub"])
    write_scaled("compressed_channel", "qwen2", compressed("channel"), "row", "_scale", "BF16", beside=["input_scale"])
    write_scaled("compressed_tensor", "llama", compressed("tensor"), "tensor", "_scale", "BF16", scale_rank=1)
    write_scaled("compressed_block", "llama_tied", compressed("block", block_structure=[2, 4]), [2, 4], "_scale", "F32")
    write_scaled("compressed_group", "llama", compressed("group", group_size=3), [1, 3], "_scale", "F16")
    write_scaled("modelopt", "llama", {"quant_method": "modelopt", "quant_algo": "FP8", "kv_cache_quant_algo": "FP8"},
                 "tensor", "_scale", "F32", scale_rank=0, beside=["input_scale"])
    write_scaled("fused_blocks", "gpt_neox", fine_grained([5, 7]), [5, 7], "_scale_inv", "F32", dtype="F8_E5M2")
    write_scaled("embeddings_too", "llama", compressed("channel"), "row", "_scale", "F32", skipped=("norm", "bias"))


# ---- adapters ---------------------------------------------------------------------------------------------------------

CONFIG = {"peft_type": "LORA", "task_type": "CAUSAL_LM", "base_model_name_or_path": "somebody/base", "bias": "none",
          "fan_in_fan_out": False, "inference_mode": True, "init_lora_weights": True, "layers_pattern": None,
          "layers_to_transform": None, "layer_replication": None, "lora_alpha": 4, "lora_bias": False,
          "lora_dropout": 0.05, "modules_to_save": None, "r": 2, "rank_pattern": {}, "alpha_pattern": {},
          "target_modules": [], "target_parameters": None, "trainable_token_indices": None, "use_dora": False,
          "use_qalora": False, "use_rslora": False, "eva_config": None, "loftq_config": {}}


class Adapter:
    """What PEFT would save, and the model that it would compute with."""

    def __init__(self, name, base, strip="", add="", dtype="F32", adapter=None, **config):
        self.random = np.random.default_rng(sum(name.encode()) + 1)
        self.name, self.strip, self.add, self.dtype, self.adapter = name, strip, add, dtype, adapter
        self.base = HERE / base
        plain = self.base / "plain" if (self.base / "plain").exists() else self.base
        self.merged, self.tensors = read(plain / "model.safetensors"), {}
        self.plain_config = json.loads((plain / "config.json").read_text())
        self.config = {**CONFIG, **config}

    def module(self, weight):
        """The path that the module has in the model that was trained."""
        path = weight[len(self.strip):] if weight.startswith(self.strip) else weight
        return path if path.startswith("lm_head") else self.add + path

    def factor(self, shape):
        values = self.random.standard_normal(shape).astype(np.float32)
        tensor = stored(values, self.dtype)
        return tensor, values_of(tensor).astype(np.float64)

    def key(self, module, part, ending):
        middle = "." + self.adapter if self.adapter else ""
        return "base_model.model." + module + "." + part + middle + ending

    def update(self, weight, r=2, alpha=4.0, bias=False, embedding=False):
        module = self.module(weight).removesuffix(".weight")
        old = values_of(self.merged[weight]).astype(np.float64)
        turned = embedding or self.config["fan_in_fan_out"]
        out, into = old.shape[::-1] if turned else old.shape
        (a, A), (b, B) = self.factor((r, into)), self.factor((out, r))
        scale = alpha / math.sqrt(r) if self.config["use_rslora"] else alpha / r
        delta = scale * (B @ A)
        self.merged[weight] = f32(old + (delta.T if turned else delta))
        if embedding:
            self.tensors[self.key(module, "lora_embedding_A", "")] = a
            self.tensors[self.key(module, "lora_embedding_B", "")] = b
        else:
            self.tensors[self.key(module, "lora_A", ".weight")] = a
            self.tensors[self.key(module, "lora_B", ".weight")] = b
        if bias:
            c, C = self.factor((out,))
            self.tensors[self.key(module, "lora_B", ".bias")] = c
            name = weight.replace("weight", "bias")
            self.merged[name] = f32(values_of(self.merged[name]).astype(np.float64) + scale * C)

    def replace(self, name, through=""):
        values = self.factor(self.merged[name][1])[0]
        self.merged[name] = f32(values_of(values)) if self.dtype == "F32" else values
        path = self.module(name)
        if through:
            path = path.rsplit(".", 1)[0] + through + "." + path.rsplit(".", 1)[1]
        self.tensors["base_model.model." + path] = values

    def write(self):
        folder = HERE / "compounds" / "adapters" / self.name
        write(folder / "adapter_model.safetensors", self.tensors)
        (folder / "adapter_config.json").write_text(json.dumps(self.config, indent=1) + "\n")
        (folder / "base.txt").write_text(str(self.base.relative_to(HERE)) + "\n")
        write(folder / "merged" / "model.safetensors", self.merged)
        (folder / "merged" / "config.json").write_text(json.dumps(self.plain_config, indent=1) + "\n")


def layers(pattern, count=2):
    return [pattern.format(layer) for layer in range(count)]


def write_all_adapters():
    a = Adapter("llama_queries_and_values", "architectures/llama", target_modules=["q_proj", "v_proj"])
    for weight in layers("model.layers.{}.self_attn.q_proj.weight") + layers("model.layers.{}.self_attn.v_proj.weight"):
        a.update(weight)
    a.write()

    a = Adapter("llama_everything", "architectures/llama", dtype="BF16", adapter="default", use_rslora=True, lora_alpha=5,
                rank_pattern={"q_proj": 3, "^model.layers.1.mlp.up_proj": 1}, alpha_pattern={"layers.0.self_attn.k_proj": 10},
                target_modules="all-linear")
    for layer in range(2):
        for part in ("self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj", "self_attn.o_proj", "mlp.up_proj",
                     "mlp.gate_proj", "mlp.down_proj"):
            r = 3 if "q_proj" in part else 1 if layer == 1 and "up_proj" in part else 2
            a.update(f"model.layers.{layer}.{part}.weight", r, 10 if layer == 0 and "k_proj" in part else 5)
    a.update("lm_head.weight", 2, 5)
    a.write()

    a = Adapter("gpt2_one_layer", "architectures/gpt2", add="transformer.", fan_in_fan_out=True, layers_to_transform=[1],
                target_modules=["c_attn", "c_proj", "c_fc"])
    for part in ("attn.c_attn", "attn.c_proj", "mlp.c_fc", "mlp.c_proj"):
        a.update(f"h.1.{part}.weight")
    a.write()

    a = Adapter("gpt2_biases", "architectures/gpt2", add="transformer.", fan_in_fan_out=True, bias="all", lora_bias=True,
                target_modules=["c_attn"])
    for name in layers("h.{}.mlp.c_fc.bias") + ["h.1.ln_1.bias", "ln_f.weight"]:
        a.replace(name)
    for weight in layers("h.{}.attn.c_attn.weight"):
        a.update(weight, bias=True)
    a.write()

    a = Adapter("nanogpt_square", "architectures/nanogpt", target_modules=["c_proj"], lora_alpha=3)
    for weight in layers("transformer.h.{}.attn.c_proj.weight") + layers("transformer.h.{}.attn.c_attn.weight"):
        a.update(weight, alpha=3)
    a.write()

    a = Adapter("embeddings_and_saved", "architectures/llama", target_modules=["embed_tokens", "o_proj"],
                modules_to_save=["lm_head", "norm"])
    a.update("model.embed_tokens.weight", embedding=True)
    for weight in layers("model.layers.{}.self_attn.o_proj.weight"):
        a.update(weight)
    a.replace("lm_head.weight", ".modules_to_save.default")
    a.replace("model.norm.weight")
    a.write()

    a = Adapter("fused_queries", "architectures/gpt_neox", dtype="F16", target_modules=["query_key_value", "dense_h_to_4h"])
    for weight in layers("gpt_neox.layers.{}.attention.query_key_value.weight") + layers("gpt_neox.layers.{}.mlp.dense_h_to_4h.weight"):
        a.update(weight)
    a.write()

    a = Adapter("without_prefix", "architectures/llama_tied", add="model.", target_modules=["q_proj", "down_proj"])
    for weight in layers("layers.{}.self_attn.q_proj.weight") + layers("layers.{}.mlp.down_proj.weight"):
        a.update(weight)
    a.write()

    a = Adapter("on_scaled", "compounds/scaled/deepseek_blocks", target_modules=["q_proj", "down_proj"])
    for weight in layers("model.layers.{}.self_attn.q_proj.weight") + layers("model.layers.{}.mlp.down_proj.weight"):
        a.update(weight)
    a.write()

    a = Adapter("of_16_bit", "architectures/mistral_bf16", dtype="BF16", target_modules=["k_proj", "gate_proj"])
    for weight in layers("model.layers.{}.self_attn.k_proj.weight") + layers("model.layers.{}.mlp.gate_proj.weight"):
        a.update(weight)
    a.write()


if __name__ == "__main__":
    shutil.rmtree(HERE / "compounds", ignore_errors=True)
    write_all_scaled()
    write_all_adapters()
