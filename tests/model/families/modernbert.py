"""ModernBERT. Tensors and forward pass as in Hugging Face's modeling_modernbert.py; names also in answerdotai/ModernBERT's conversion, vLLM's
modernbert.py and others' ports: no norm before the first attention, queries, keys and values one after the other, what goes through gelu first in
Wi, two thetas."""
import numpy as np

from make_architectures import (Maker, attend, columns_of_heads, cut, described, gelu, heads_of, layer_norm, linear, merged, read_norm, rows_of_heads,
                                turned_halves, wide)

H, D, M, V, L = 3, 12, 5, 7, 4
THETAS = [160000.0, 10000.0, 10000.0, 160000.0]  # every third layer sees all
P = "model."


def make(seed, biases):
    m = Maker(seed)
    kinds = ("weight", "bias") if biases else ("weight",)
    m.add(P + "embeddings.tok_embeddings.weight", V, D)
    m.norm(P + "embeddings.norm", D, kinds)
    for l in range(L):
        at = f"{P}layers.{l}."
        if l:
            m.norm(at + "attn_norm", D, kinds)
        m.norm(at + "mlp_norm", D, kinds)
        for name, rows, columns in (("attn.Wqkv", 3 * D, D), ("attn.Wo", D, D), ("mlp.Wi", 2 * M, D), ("mlp.Wo", D, M)):
            m.add(f"{at}{name}.weight", rows, columns)
            if biases:
                m.add(f"{at}{name}.bias", rows)
    m.norm(P + "final_norm", D, kinds)
    m.add("head.dense.weight", D, D)
    m.norm("head.norm", D, kinds)
    m.add("decoder.bias", V)
    return m.state


def take_apart(s):
    d = D // H
    c = {"W_E": s[P + "embeddings.tok_embeddings.weight"], "W_U": s[P + "embeddings.tok_embeddings.weight"].T, "b_U": s["decoder.bias"]}
    read_norm(c, s, "ln_embed", P + "embeddings.norm")
    read_norm(c, s, "ln_final", P + "final_norm")
    for l in range(L):
        at, to = f"{P}layers.{l}.", f"blocks.{l}."
        for k, part in enumerate("QKV"):
            c[f"{to}W_{part}"] = rows_of_heads(s[at + "attn.Wqkv.weight"][k * D:(k + 1) * D], H)
            if at + "attn.Wqkv.bias" in s:
                c[f"{to}b_{part}"] = cut(s[at + "attn.Wqkv.bias"][k * D:(k + 1) * D], H)
        c[to + "W_O"] = columns_of_heads(s[at + "attn.Wo.weight"], H)
        c[to + "W_gate"], c[to + "W_in"] = s[at + "mlp.Wi.weight"][:M].T, s[at + "mlp.Wi.weight"][M:].T
        c[to + "W_out"] = s[at + "mlp.Wo.weight"].T
        if at + "mlp.Wi.bias" in s:
            c[to + "b_gate"], c[to + "b_in"] = s[at + "mlp.Wi.bias"][:M], s[at + "mlp.Wi.bias"][M:]
            c[to + "b_O"], c[to + "b_out"] = s[at + "attn.Wo.bias"], s[at + "mlp.Wo.bias"]
        read_norm(c, s, to + "ln1", at + "attn_norm")
        read_norm(c, s, to + "ln2", at + "mlp_norm")
    assert d * H == D
    return c


def forward(s, tokens):
    def norm(x, name):
        return layer_norm(x, s[name + ".weight"], s.get(name + ".bias"))

    x = norm(s[P + "embeddings.tok_embeddings.weight"][tokens], P + "embeddings.norm")
    for l in range(L):
        at = f"{P}layers.{l}."
        y = norm(x, at + "attn_norm") if l else x
        qkv = linear(s, y, at + "attn.Wqkv").reshape(len(tokens), 3, H, D // H)
        q, k, v = (qkv[:, i].swapaxes(0, 1) for i in range(3))
        q, k = (turned_halves(each, D // H, THETAS[l]) for each in (q, k))
        x = x + linear(s, merged(attend(q, k, v, causal=False)), at + "attn.Wo")
        passed, factor = np.split(linear(s, norm(x, at + "mlp_norm"), at + "mlp.Wi"), 2, -1)
        x = x + linear(s, gelu(passed) * factor, at + "mlp.Wo")
    x = norm(gelu(linear(s, norm(x, P + "final_norm"), "head.dense")), "head.norm")
    return x @ s[P + "embeddings.tok_embeddings.weight"].T + s["decoder.bias"]


def models():
    config = {"model_type": "modernbert", "num_hidden_layers": L, "num_attention_heads": H, "hidden_size": D, "intermediate_size": M,
              "max_position_embeddings": 64, "vocab_size": V, "hidden_activation": "gelu", "global_attn_every_n_layers": 3, "local_attention": 128,
              "global_rope_theta": 160000.0, "local_rope_theta": 10000.0, "norm_bias": False, "attention_bias": False, "mlp_bias": False,
              "decoder_bias": True, "tie_word_embeddings": True}
    for name, seed, biases in (("modernbert", 181, False), ("modernbert_biases", 182, True)):
        s = make(seed, biases)
        w = wide(s)
        after = {"head.dense.W": w["head.dense.weight"].T, "head.norm.w": w["head.norm.weight"]}
        if biases:
            after["head.norm.b"] = w["head.norm.bias"]
        spec = described(scheme="ModernBERT", n_layers=L, d_model=D, d_head=4, n_ctx=64, causal=False, rotary=4, theta=THETAS[0], thetas=THETAS,
                         conflict=True, tied=True, after=after)
        yield (name, s, take_apart(s), lambda t, s=s: forward(wide(s), t), spec,
               {**config, **dict.fromkeys(("norm_bias", "attention_bias", "mlp_bias"), biases)}, {"format": "pt"})
