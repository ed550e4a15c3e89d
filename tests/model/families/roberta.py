"""RoBERTa and DistilBERT. Tensors and forward passes as in Hugging Face's modeling_roberta.py and modeling_distilbert.py;
names also in fairseq's and candle's conversions. Norms stand behind each sum: nothing is folded."""
import numpy as np

from make_architectures import (TOKENS, Maker, attend, bert_config, columns_of_heads, copy_present, cut, described, gelu, heads_of, layer_norm,
                                linear, make_bert, merged, read_norm, rows_of_heads, wide)

H, D, M, V, N, L = 3, 6, 5, 7, 8, 2


def roberta(seed):
    s, c = make_bert(seed, N=N + 2, V=V, prefix="roberta.")
    s.pop("roberta.embeddings.position_ids")
    names = {"cls.predictions.transform.dense": "lm_head.dense", "cls.predictions.transform.LayerNorm": "lm_head.layer_norm",
             "cls.predictions.bias": "lm_head.bias"}
    for name in list(s):
        for old, new in names.items():
            if name.startswith(old):
                s[name.replace(old, new)] = s.pop(name)
    s["lm_head.decoder.bias"] = s["lm_head.bias"]
    types = "roberta.embeddings.token_type_embeddings.weight"
    s[types] = c["extra." + types] = s[types][:1]
    c["W_pos"] = s["roberta.embeddings.position_embeddings.weight"][2:]
    return s, c


def head_of(s, dense, norm):
    """The output head's tensors, as `output_head` takes them."""
    return {"head.dense.W": s[dense + ".weight"].T, "head.dense.b": s[dense + ".bias"], "head.norm.w": s[norm + ".weight"],
            "head.norm.b": s[norm + ".bias"]}


def forward_roberta(s, tokens):
    def norm(x, name):
        return layer_norm(x, s[name + ".weight"], s[name + ".bias"])

    e = "roberta.embeddings."
    positions = 1 + np.cumsum(np.ones(len(tokens), int))  # the padding's number, and on
    x = s[e + "word_embeddings.weight"][tokens] + s[e + "token_type_embeddings.weight"][0] + s[e + "position_embeddings.weight"][positions]
    x = norm(x, e + "LayerNorm")
    for l in range(L):
        at = f"roberta.encoder.layer.{l}."
        q, k, v = (heads_of(linear(s, x, f"{at}attention.self.{name}"), H) for name in ("query", "key", "value"))
        x = norm(x + linear(s, merged(attend(q, k, v, causal=False)), at + "attention.output.dense"), at + "attention.output.LayerNorm")
        x = norm(x + linear(s, gelu(linear(s, x, at + "intermediate.dense")), at + "output.dense"), at + "output.LayerNorm")
    x = layer_norm(gelu(linear(s, x, "lm_head.dense")), s["lm_head.layer_norm.weight"], s["lm_head.layer_norm.bias"])
    return x @ s[e + "word_embeddings.weight"].T + s["lm_head.bias"]


def distilbert(seed):
    m, p = Maker(seed), "distilbert."
    m.add(p + "embeddings.word_embeddings.weight", V, D)
    m.add(p + "embeddings.position_embeddings.weight", N, D)
    m.norm(p + "embeddings.LayerNorm", D)
    for l in range(L):
        at = f"{p}transformer.layer.{l}."
        for name, rows, columns in (("attention.q_lin", D, D), ("attention.k_lin", D, D), ("attention.v_lin", D, D),
                                    ("attention.out_lin", D, D), ("ffn.lin1", M, D), ("ffn.lin2", D, M)):
            m.add(f"{at}{name}.weight", rows, columns)
            m.add(f"{at}{name}.bias", rows)
        m.norm(at + "sa_layer_norm", D)
        m.norm(at + "output_layer_norm", D)
    m.add("vocab_transform.weight", D, D)
    m.add("vocab_transform.bias", D)
    m.norm("vocab_layer_norm", D)
    m.state["vocab_projector.weight"] = m.state[p + "embeddings.word_embeddings.weight"]
    m.add("vocab_projector.bias", V)
    s = m.state
    c = {"W_E": s[p + "embeddings.word_embeddings.weight"], "W_pos": s[p + "embeddings.position_embeddings.weight"],
         "W_U": s["vocab_projector.weight"].T, "b_U": s["vocab_projector.bias"]}
    read_norm(c, s, "ln_embed", p + "embeddings.LayerNorm")
    for l in range(L):
        at, to = f"{p}transformer.layer.{l}.", f"blocks.{l}."
        for part in "QKV":
            c[f"{to}W_{part}"] = rows_of_heads(s[f"{at}attention.{part.lower()}_lin.weight"], H)
            c[f"{to}b_{part}"] = cut(s[f"{at}attention.{part.lower()}_lin.bias"], H)
        c[to + "W_O"] = columns_of_heads(s[at + "attention.out_lin.weight"], H)
        c[to + "W_in"], c[to + "W_out"] = s[at + "ffn.lin1.weight"].T, s[at + "ffn.lin2.weight"].T
        copy_present(c, s, {to + "b_O": at + "attention.out_lin.bias", to + "b_in": at + "ffn.lin1.bias", to + "b_out": at + "ffn.lin2.bias"})
        read_norm(c, s, to + "ln1", at + "sa_layer_norm")
        read_norm(c, s, to + "ln2", at + "output_layer_norm")
    return s, c


def forward_distilbert(s, tokens):
    def norm(x, name):
        return layer_norm(x, s[name + ".weight"], s[name + ".bias"])

    p = "distilbert."
    x = s[p + "embeddings.word_embeddings.weight"][tokens] + s[p + "embeddings.position_embeddings.weight"][: len(tokens)]
    x = norm(x, p + "embeddings.LayerNorm")
    for l in range(L):
        at = f"{p}transformer.layer.{l}."
        q, k, v = (heads_of(linear(s, x, f"{at}attention.{name}_lin"), H) for name in "qkv")
        x = norm(linear(s, merged(attend(q, k, v, causal=False)), at + "attention.out_lin") + x, at + "sa_layer_norm")
        x = norm(linear(s, gelu(linear(s, x, at + "ffn.lin1")), at + "ffn.lin2") + x, at + "output_layer_norm")
    x = layer_norm(gelu(linear(s, x, "vocab_transform")), s["vocab_layer_norm.weight"], s["vocab_layer_norm.bias"])
    return x @ s["vocab_projector.weight"].T + s["vocab_projector.bias"]


def models():
    s, c = roberta(125)
    spec = described(scheme="RoBERTa", placement="after", causal=False, tied=True, n_ctx=N, after=head_of(wide(s), "lm_head.dense", "lm_head.layer_norm"),
                     feeds={"roberta.embeddings.token_type_embeddings.weight": np.ones((len(TOKENS), 1))})
    config = bert_config(model_type="roberta", max_position_embeddings=N + 2, type_vocab_size=1, pad_token_id=1)
    yield "roberta", s, c, lambda t, s=s: forward_roberta(wide(s), t), spec, config, {"format": "pt"}
    s, c = distilbert(126)
    spec = described(scheme="DistilBERT", placement="after", causal=False, n_ctx=N, after=head_of(wide(s), "vocab_transform", "vocab_layer_norm"))
    config = {"model_type": "distilbert", "n_layers": L, "n_heads": H, "dim": D, "hidden_dim": M, "max_position_embeddings": N,
              "vocab_size": V, "activation": "gelu", "tie_weights_": True}
    yield "distilbert", s, c, lambda t, s=s: forward_distilbert(wide(s), t), spec, config, {"format": "pt"}
