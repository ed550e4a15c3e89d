"""OLMo 1 and 2. Forward passes as in Hugging Face's modeling_olmo.py and modeling_olmo2.py; names also in llama.cpp's
tensor_mapping.py: OLMo's LayerNorms have no weights, OLMo 2 normalises what is written, and all queries and all keys."""
import numpy as np

from make_architectures import (attend, described, heads_of, layer_norm, linear, llama_config, make_llama, merged, rms_norm, silu,
                                turned_halves, wide)

H, K, D, L, d = 4, 2, 8, 2, 2


def mlp(s, y, at):
    return linear(s, silu(linear(s, y, at + "gate_proj")) * linear(s, y, at + "up_proj"), at + "down_proj")


def forward(s, tokens):
    x = s["model.embed_tokens.weight"][tokens]
    for l in range(L):
        at = f"model.layers.{l}."
        y = layer_norm(x, 1.0)
        q, k, v = (heads_of(linear(s, y, f"{at}self_attn.{name}_proj"), n) for name, n in (("q", H), ("k", K), ("v", K)))
        q, k = (turned_halves(each, d, 10000) for each in (q, k))
        x = x + linear(s, merged(attend(q, k, v)), at + "self_attn.o_proj")
        x = x + mlp(s, layer_norm(x, 1.0), at + "mlp.")
    return linear(s, layer_norm(x, 1.0), "lm_head")


def forward2(s, tokens, theta):
    x = s["model.embed_tokens.weight"][tokens]
    for l in range(L):
        at = f"model.layers.{l}."
        q, k = (rms_norm(linear(s, x, f"{at}self_attn.{name}_proj"), s[f"{at}self_attn.{name}_norm.weight"]) for name in "qk")
        q, k, v = heads_of(q, H), heads_of(k, K), heads_of(linear(s, x, at + "self_attn.v_proj"), K)
        q, k = (turned_halves(each, d, theta) for each in (q, k))
        x = x + rms_norm(linear(s, merged(attend(q, k, v)), at + "self_attn.o_proj"), s[at + "post_attention_layernorm.weight"])
        x = x + rms_norm(mlp(s, x, at + "mlp."), s[at + "post_feedforward_layernorm.weight"])
    return linear(s, rms_norm(x, s["model.norm.weight"]), "lm_head")


def without_norms(tensors):
    return {name: values for name, values in tensors.items() if "norm" not in name and "ln" not in name}


def models():
    s, c = make_llama(65, H=H, K=K, D=D, d=d)
    s, c = without_norms(s), without_norms(c)
    config = llama_config(model_type="olmo", num_attention_heads=H, num_key_value_heads=K, hidden_size=D, clip_qkv=None)
    del config["rms_norm_eps"]
    spec = {"n_heads": H, "n_key_value_heads": K, "d_model": D, "d_head": d, "n_ctx": 64, "rotary": d, "act": "silu"}
    yield ("olmo", s, c, lambda t: forward(wide(s), t), described(scheme="OLMo", **{**spec, "norm": "layer_norm_folded"}), config,
           {"format": "pt"})

    s2, c2 = make_llama(66, H=H, K=K, D=D, d=d)
    random = np.random.default_rng(67)
    norms = {}
    for l in range(L):
        at, to = f"model.layers.{l}.", f"blocks.{l}."
        s2[at + "post_feedforward_layernorm.weight"] = s2.pop(at + "input_layernorm.weight")
        c2[to + "ln1_post.w"], c2[to + "ln2_post.w"] = c2.pop(to + "ln2.w"), c2.pop(to + "ln1.w")
        for name, size in (("q", H * d), ("k", K * d)):
            gain = (1 + random.standard_normal(size) * 0.5).astype(np.float32)
            s2[f"{at}self_attn.{name}_norm.weight"] = norms[f"{to}{name}_norm"] = gain
    config2 = llama_config(model_type="olmo2", num_attention_heads=H, num_key_value_heads=K, hidden_size=D, rope_theta=500000.0)
    yield ("olmo2", s2, c2, lambda t: forward2(wide(s2), t, 500000.0),
           described(scheme="OLMo 2", **{**spec, "norm": "rms_norm", "placement": "written", "theta": 500000.0, "qk_norm": norms}),
           config2, {"format": "pt"})
