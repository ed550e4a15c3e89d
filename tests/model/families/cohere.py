"""Command R, Aya and Command R7B. Tensors and forward pass as in Hugging Face's modeling_cohere.py and modeling_cohere2.py; the
multiplier also in llama.cpp's conversion/command_r.py: one LayerNorm without a bias for attention and MLP side by side, neighbouring
rotary pairs (Cohere 2: in windowed layers alone), logits multiplied."""
import numpy as np

from make_architectures import (Maker, attend, described, heads_of, layer_norm, linear, llama_config, merged, read_llama_parts, read_norm,
                                silu, turned_pairs, wide)

H, K, D, M, V, L, d = 4, 2, 16, 5, 7, 2, 4
LOGITS = 0.0625


def make(seed):
    m = Maker(seed)
    m.add("model.embed_tokens.weight", V, D)
    for l in range(L):
        at = f"model.layers.{l}."
        for name, n in (("q", H), ("k", K), ("v", K)):
            m.add(f"{at}self_attn.{name}_proj.weight", n * d, D)
        m.add(at + "self_attn.o_proj.weight", D, H * d)
        for name, shape in (("gate", (M, D)), ("up", (M, D)), ("down", (D, M))):
            m.add(f"{at}mlp.{name}_proj.weight", *shape)
        m.norm(at + "input_layernorm", D, ("weight",))
    m.norm("model.norm", D, ("weight",))
    return m.state


def take_apart(s):
    embedding = s["model.embed_tokens.weight"]
    c = {"W_E": embedding, "W_U": (embedding.T.astype(np.float64) * LOGITS).astype(np.float32)}
    read_norm(c, s, "ln_final", "model.norm")
    for l in range(L):
        at, to = f"model.layers.{l}.", f"blocks.{l}."
        c.update(read_llama_parts(s, at, to, H, K))
        read_norm(c, s, to + "ln1", at + "input_layernorm")
        read_norm(c, s, to + "ln2", at + "input_layernorm")
    return c


def forward(s, tokens, turning):
    x = s["model.embed_tokens.weight"][tokens]
    for l in range(L):
        at = f"model.layers.{l}."
        y = layer_norm(x, s[at + "input_layernorm.weight"])
        q, k, v = (heads_of(linear(s, y, f"{at}self_attn.{name}_proj"), n) for name, n in (("q", H), ("k", K), ("v", K)))
        if turning[l]:
            q, k = (turned_pairs(each, d, 10000) for each in (q, k))
        attention = linear(s, merged(attend(q, k, v)), at + "self_attn.o_proj")
        x = x + attention + linear(s, silu(linear(s, y, at + "mlp.gate_proj")) * linear(s, y, at + "mlp.up_proj"), at + "mlp.down_proj")
    return layer_norm(x, s["model.norm.weight"]) @ s["model.embed_tokens.weight"].T * LOGITS


def models():
    config = {**llama_config(num_attention_heads=H, num_key_value_heads=K, hidden_size=D, tie_word_embeddings=True),
              "logit_scale": LOGITS, "layer_norm_eps": 1e-5, "use_qk_norm": False, "attention_bias": False}
    spec = {"n_heads": H, "n_key_value_heads": K, "d_model": D, "d_head": d, "n_ctx": 64, "parallel": True, "act": "silu", "tied": True,
            "pairing": "interleaved", "computed": True}
    s = make(63)
    yield ("cohere", s, take_apart(s), lambda t: forward(wide(s), t, [True, True]), described(scheme="Cohere", rotary=d, **spec),
           {**config, "model_type": "cohere"}, {"format": "pt"})
    s2 = make(64)
    layers = {"layer_types": ["sliding_attention", "full_attention"], "sliding_window": 4096, "head_dim": d}
    yield ("cohere2", s2, take_apart(s2), lambda t: forward(wide(s2), t, [True, False]),
           described(scheme="Cohere 2", rotary=d, turning=[True, False], conflict=True, **spec), {**config, **layers, "model_type": "cohere2"},
           {"format": "pt"})
