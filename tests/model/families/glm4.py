"""GLM-4 and GLM-4-0414. Tensors and forward passes as in Hugging Face's modeling_glm.py and modeling_glm4.py; pairs also in
llama.cpp's conversion/glm.py: half of each head rotary in neighbouring pairs, a fused MLP; 0414 normalises what is written, too."""
import numpy as np

from make_architectures import (Maker, attend, described, heads_of, linear, llama_config, merged, read_llama_parts, read_norm, rms_norm,
                                silu, turned_pairs, wide)

H, K, D, M, V, L, d = 4, 2, 12, 5, 7, 2, 4  # 4 heads of 4 are more than d_model


def make(seed, sandwich):
    m = Maker(seed)
    m.add("model.embed_tokens.weight", V, D)
    for l in range(L):
        at = f"model.layers.{l}."
        for name, n in (("q", H), ("k", K), ("v", K)):
            m.add(f"{at}self_attn.{name}_proj.weight", n * d, D)
            m.add(f"{at}self_attn.{name}_proj.bias", n * d)
        m.add(at + "self_attn.o_proj.weight", D, H * d)
        m.add(at + "mlp.gate_up_proj.weight", 2 * M, D)
        m.add(at + "mlp.down_proj.weight", D, M)
        for name in ["input", "post_attention"] + (["post_self_attn", "post_mlp"] if sandwich else []):
            m.norm(f"{at}{name}_layernorm", D, ("weight",))
    m.norm("model.norm", D, ("weight",))
    m.add("lm_head.weight", V, D)
    return m.state


def take_apart(s):
    c = {"W_E": s["model.embed_tokens.weight"], "W_U": s["lm_head.weight"].T}
    read_norm(c, s, "ln_final", "model.norm")
    for l in range(L):
        at, to = f"model.layers.{l}.", f"blocks.{l}."
        c.update(read_llama_parts(s, at, to, H, K, fused_mlp=True))
        for part, name in (("ln1", "input"), ("ln2", "post_attention"), ("ln1_post", "post_self_attn"), ("ln2_post", "post_mlp")):
            read_norm(c, s, to + part, f"{at}{name}_layernorm")
    return c


def forward(s, tokens):
    def norm(x, name):
        return rms_norm(x, s[name + ".weight"]) if name + ".weight" in s else x

    x = s["model.embed_tokens.weight"][tokens]
    for l in range(L):
        at = f"model.layers.{l}."
        y = norm(x, at + "input_layernorm")
        q, k, v = (heads_of(linear(s, y, f"{at}self_attn.{name}_proj"), n) for name, n in (("q", H), ("k", K), ("v", K)))
        q, k = (turned_pairs(each, d // 2, 10000) for each in (q, k))
        x = x + norm(linear(s, merged(attend(q, k, v)), at + "self_attn.o_proj"), at + "post_self_attn_layernorm")
        gate, up = np.split(linear(s, norm(x, at + "post_attention_layernorm"), at + "mlp.gate_up_proj"), 2, -1)
        x = x + norm(linear(s, up * silu(gate), at + "mlp.down_proj"), at + "post_mlp_layernorm")
    return linear(s, norm(x, "model.norm"), "lm_head")


def models():
    for name, seed, kind, scheme in (("glm4", 61, "glm", "GLM-4"), ("glm4_0414", 62, "glm4", "GLM-4-0414")):
        s = make(seed, kind == "glm4")
        config = llama_config(model_type=kind, num_attention_heads=H, num_key_value_heads=K, hidden_size=D, head_dim=d,
                              partial_rotary_factor=0.5, attention_bias=True)
        yield (name, s, take_apart(s), lambda t, s=s: forward(wide(s), t),
               described(scheme=scheme, n_heads=H, n_key_value_heads=K, d_model=D, d_head=d, n_ctx=64, norm="rms_norm", rotary=2,
                         pairing="interleaved", act="silu", placement="both" if kind == "glm4" else "before"), config, {"format": "pt"})
