"""Llama as Meta and llama2.c name it, and Mistral's `consolidated` files. Forward pass as in llama2.c's model.py; names,
and the order that Hugging Face stores in another way, in its convert_llama_weights_to_hf.py and convert_mistral_weights_to_hf.py:
queries and keys turn as complex numbers; w1 is the gate."""
from make_architectures import (Maker, attend, columns_of_heads, described, heads_of, linear, llama_config, merged, read_norm, rms_norm,
                                rows_of_heads, silu, turned_pairs, wide)

D, M, V, L = 12, 5, 7, 2


def make(seed, p, H, K, d, head, dtype):
    m = Maker(seed, dtype)
    m.add(p + "tok_embeddings.weight", V, D)
    for l in range(L):
        at = f"{p}layers.{l}."
        for name, shape in (("attention.wq", (H * d, D)), ("attention.wk", (K * d, D)), ("attention.wv", (K * d, D)),
                            ("attention.wo", (D, H * d)), ("feed_forward.w1", (M, D)), ("feed_forward.w2", (D, M)),
                            ("feed_forward.w3", (M, D))):
            m.add(f"{at}{name}.weight", *shape)
        m.norm(at + "attention_norm", D, ("weight",))
        m.norm(at + "ffn_norm", D, ("weight",))
    m.norm(p + "norm", D, ("weight",))
    if head:
        m.add(p + "output.weight", V, D)
    return m.state


def take_apart(s, p, H, K):
    embedding = s[p + "tok_embeddings.weight"]
    c = {"W_E": embedding, "W_U": s.get(p + "output.weight", embedding).T}
    read_norm(c, s, "ln_final", p + "norm")
    for l in range(L):
        at, to = f"{p}layers.{l}.", f"blocks.{l}."
        for part, name, n in (("W_Q", "wq", H), ("W_K", "wk", K), ("W_V", "wv", K)):
            c[to + part] = rows_of_heads(s[f"{at}attention.{name}.weight"], n)
        c[to + "W_O"] = columns_of_heads(s[at + "attention.wo.weight"], H)
        for part, name in (("W_gate", "w1"), ("W_out", "w2"), ("W_in", "w3")):
            c[to + part] = s[f"{at}feed_forward.{name}.weight"].T
        read_norm(c, s, to + "ln1", at + "attention_norm")
        read_norm(c, s, to + "ln2", at + "ffn_norm")
    return c


def forward(s, tokens, p, H, K, d, theta):
    x = s[p + "tok_embeddings.weight"][tokens]
    for l in range(L):
        at = f"{p}layers.{l}."
        y = rms_norm(x, s[at + "attention_norm.weight"])
        q, k, v = (heads_of(linear(s, y, f"{at}attention.{name}"), n) for name, n in (("wq", H), ("wk", K), ("wv", K)))
        q, k = (turned_pairs(each, d, theta) for each in (q, k))
        x = x + linear(s, merged(attend(q, k, v)), at + "attention.wo")
        y = rms_norm(x, s[at + "ffn_norm.weight"])
        x = x + linear(s, silu(linear(s, y, at + "feed_forward.w1")) * linear(s, y, at + "feed_forward.w3"), at + "feed_forward.w2")
    return rms_norm(x, s[p + "norm.weight"]) @ s.get(p + "output.weight", s[p + "tok_embeddings.weight"]).T


def models():
    params = {"dim": D, "n_layers": L, "vocab_size": V, "norm_eps": 1e-5}
    wide_heads = {"n_heads": 4, "n_kv_heads": 2, "head_dim": 4}  # more than d_model, as in Mistral's Nemo
    beside = llama_config(model_type="mistral", num_attention_heads=4, num_key_value_heads=2, hidden_size=D, head_dim=4, vocab_size=V,
                          rope_theta=1000000.0)
    for name, seed, p, (H, K, d), dtype, theta, config in (
            ("meta_llama", 76, "", (3, 1, 4), "F32", 500000.0, {**params, "n_heads": 3, "n_kv_heads": 1, "multiple_of": 256}),
            ("mistral_consolidated", 77, "", (4, 2, 4), "BF16", 1000000.0, {**params, **wide_heads, "hidden_dim": M}),
            ("mistral_consolidated_config", 78, "", (4, 2, 4), "F32", 1000000.0, beside),
            ("llama2_c", 79, "_orig_mod.", (6, 2, 2), "F32", 10000.0, {**params, "n_heads": 6, "n_kv_heads": 2, "max_seq_len": 64})):
        s = make(seed, p, H, K, d, p == "", dtype)
        if config is not beside and p == "":
            config = {**config, "rope_theta": theta}
        spec = described(scheme="Meta", n_heads=H, n_key_value_heads=K, d_model=D, d_head=d, d_mlp=M, norm="rms_norm", rotary=d,
                         theta=theta, pairing="interleaved", act="silu", tied=p != "", dtypes=dtype,
                         n_ctx=64 if config is beside or p else 0, config_name="config.json" if config is beside else "params.json")
        yield (name, s, take_apart(s, p, H, K),
               lambda t, s=s, p=p, H=H, K=K, d=d, theta=theta: forward(wide(s), t, p, H, K, d, theta), spec, config, {"format": "pt"})
