"""MPT. Tensors and forward pass as in Hugging Face's modeling_mpt.py; names and order also in llama.cpp's
convert_hf_to_gguf.py (MPT)."""
import numpy as np

from families.bloom import attend_by_distance, canonical_attention, slopes
from make_architectures import Maker, columns_of_heads, described, gelu, heads_of, layer_norm, merged, rows_of_heads, wide

H, D, M, V, L = 4, 8, 32, 7, 2
P = "transformer."


def make(seed):
    m = Maker(seed)
    m.add(P + "wte.weight", V, D)
    for l in range(L):
        at = f"{P}blocks.{l}."
        m.norm(at + "norm_1", D, ("weight",))
        m.add(at + "attn.Wqkv.weight", 3 * D, D)
        m.add(at + "attn.out_proj.weight", D, D)
        m.norm(at + "norm_2", D, ("weight",))
        m.add(at + "ffn.up_proj.weight", M, D)
        m.add(at + "ffn.down_proj.weight", D, M)
    m.norm(P + "norm_f", D, ("weight",))
    return m.state


def take_apart(s):
    c = {"W_E": s[P + "wte.weight"], "W_U": s[P + "wte.weight"].T, "ln_final.w": s[P + "norm_f.weight"]}
    for l in range(L):
        at, to = f"{P}blocks.{l}.", f"blocks.{l}."
        for k, part in enumerate("QKV"):
            c[f"{to}W_{part}"] = rows_of_heads(s[at + "attn.Wqkv.weight"][k * D:(k + 1) * D], H)
        c[to + "W_O"] = columns_of_heads(s[at + "attn.out_proj.weight"], H)
        c[to + "W_in"], c[to + "W_out"] = s[at + "ffn.up_proj.weight"].T, s[at + "ffn.down_proj.weight"].T
        c[to + "ln1.w"], c[to + "ln2.w"] = s[at + "norm_1.weight"], s[at + "norm_2.weight"]
    return c


def forward(s, tokens):
    x = s[P + "wte.weight"][tokens]
    for l in range(L):
        at = f"{P}blocks.{l}."
        q, k, v = (heads_of(each, H) for each in np.split(layer_norm(x, s[at + "norm_1.weight"]) @ s[at + "attn.Wqkv.weight"].T, 3, -1))
        x = x + merged(attend_by_distance(q, k, v)) @ s[at + "attn.out_proj.weight"].T
        x = x + gelu(layer_norm(x, s[at + "norm_2.weight"]) @ s[at + "ffn.up_proj.weight"].T) @ s[at + "ffn.down_proj.weight"].T
    return layer_norm(x, s[P + "norm_f.weight"]) @ s[P + "wte.weight"].T


def models():
    s = make(124)
    config = {"model_type": "mpt", "n_layers": L, "n_heads": H, "d_model": D, "expansion_ratio": 4, "max_seq_len": 64, "vocab_size": V,
              "no_bias": True, "attn_config": {"alibi": True, "alibi_bias_max": 8, "attn_type": "multihead_attention", "clip_qkv": None,
                                               "qk_ln": False, "softmax_scale": None}}
    spec = described(scheme="MPT", n_heads=H, n_key_value_heads=H, d_model=D, d_mlp=M, n_ctx=64, tied=True, attention=canonical_attention,
                     qk_norm={f"blocks.{l}.slopes": slopes().astype(np.float32) for l in range(L)})
    yield "mpt", s, take_apart(s), lambda t: forward(wide(s), t), spec, config, {"format": "pt"}
