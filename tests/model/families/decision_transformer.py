"""Hugging Face's decision transformer. Tensors and forward pass as in modeling_decision_transformer.py; names also in kzl/decision-transformer
(gym/decision_transformer/models/decision_transformer.py). Row 0 of wpe, which every position is given, is 0 here: the reader leaves it
out and says so."""
import numpy as np

from make_architectures import Maker, attend, copy_present, cut, described, heads_of, layer_norm, merged, read_norm, wide

H, D, M, L, N, STATE, ACTION, TIME = 3, 6, 5, 2, 8, 4, 2, 9
P = "encoder."


def make(seed):
    m = Maker(seed)
    m.add(P + "wte.weight", 1, D)
    m.add(P + "wpe.weight", N, D)
    m.state[P + "wpe.weight"][0] = 0
    for l in range(L):
        at = f"{P}h.{l}."
        for name, rows, columns in (("attn.c_attn", D, 3 * D), ("attn.c_proj", D, D), ("mlp.c_fc", D, M), ("mlp.c_proj", M, D)):
            m.add(f"{at}{name}.weight", rows, columns)
            m.add(f"{at}{name}.bias", columns)
        m.norm(at + "ln_1", D)
        m.norm(at + "ln_2", D)
    m.norm(P + "ln_f", D)
    m.norm("embed_ln", D)
    m.add("embed_timestep.weight", TIME, D)
    for name, n in (("embed_return", 1), ("embed_state", STATE), ("embed_action", ACTION)):
        m.add(name + ".weight", D, n)
        m.add(name + ".bias", D)
    for name, n in (("predict_state", STATE), ("predict_action.0", ACTION), ("predict_return", 1)):
        m.add(name + ".weight", n, D)
        m.add(name + ".bias", n)
    return m.state


def take_apart(s):
    c, d = {}, D // H
    read_norm(c, s, "ln_embed", "embed_ln")
    read_norm(c, s, "ln_final", P + "ln_f")
    for l in range(L):
        at, to = f"{P}h.{l}.", f"blocks.{l}."
        for k, part in enumerate("QKV"):
            w, b = s[at + "attn.c_attn.weight"][:, k * D:(k + 1) * D], s[at + "attn.c_attn.bias"][k * D:(k + 1) * D]
            c[f"{to}W_{part}"] = np.stack([w[:, h * d:(h + 1) * d] for h in range(H)])
            c[f"{to}b_{part}"] = cut(b, H)
        c[to + "W_O"] = s[at + "attn.c_proj.weight"].reshape(H, d, D)
        c[to + "W_in"], c[to + "W_out"] = s[at + "mlp.c_fc.weight"], s[at + "mlp.c_proj.weight"]
        copy_present(c, s, {to + "b_O": at + "attn.c_proj.bias", to + "b_in": at + "mlp.c_fc.bias", to + "b_out": at + "mlp.c_proj.bias"})
        read_norm(c, s, to + "ln1", at + "ln_1")
        read_norm(c, s, to + "ln2", at + "ln_2")
    for name in ("embed_return", "embed_state", "embed_action"):
        c[f"extra.{name}.weight"] = s[name + ".weight"].T
    for name in ("embed_timestep", "predict_state", "predict_action.0", "predict_return"):
        c[f"extra.{name}.weight"] = s[name + ".weight"]
    copy_present(c, s, {f"extra.{name}.bias": name + ".bias" for name in ("embed_return", "embed_state", "embed_action", "predict_state",
                                                                        "predict_action.0", "predict_return")})
    return c


def inputs():
    random = np.random.default_rng(5)
    return random.standard_normal((2, 1)), random.standard_normal((2, STATE)), random.standard_normal((2, ACTION))


def forward(s):
    """Two steps of return, state, action; what each token predicts, the tanh left out."""
    def norm(x, name):
        return layer_norm(x, s[name + ".weight"], s[name + ".bias"])

    parts = [x @ s[name + ".weight"].T + s[name + ".bias"] + s["embed_timestep.weight"][[3, 4]]
             for name, x in zip(("embed_return", "embed_state", "embed_action"), inputs())]
    x = norm(np.stack(parts, 1).reshape(-1, D), "embed_ln") + s[P + "wpe.weight"][0]
    for l in range(L):
        at = f"{P}h.{l}."
        q, k, v = (heads_of(y, H) for y in np.split(norm(x, at + "ln_1") @ s[at + "attn.c_attn.weight"] + s[at + "attn.c_attn.bias"], 3, -1))
        x = x + merged(attend(q, k, v)) @ s[at + "attn.c_proj.weight"] + s[at + "attn.c_proj.bias"]
        y = np.maximum(norm(x, at + "ln_2") @ s[at + "mlp.c_fc.weight"] + s[at + "mlp.c_fc.bias"], 0)
        x = x + y @ s[at + "mlp.c_proj.weight"] + s[at + "mlp.c_proj.bias"]
    x = norm(x, P + "ln_f")
    return np.concatenate([x @ s[f"predict_{name}.weight"].T + s[f"predict_{name}.bias"] for name in ("action.0", "state", "return")], -1)


def feeds():
    """What each position is given: a return, a state, an action; and the time of all three."""
    fed = {}
    for k, (name, x) in enumerate(zip(("embed_return", "embed_state", "embed_action"), inputs())):
        fed[name + ".weight"] = np.zeros((6, x.shape[1]))
        fed[name + ".weight"][k::3] = x
    fed["embed_timestep.weight"] = np.eye(TIME)[[3, 3, 3, 4, 4, 4]]
    return fed


def models():
    s = make(141)
    spec = described(scheme="HF decision transformer", act="relu", d_vocab=0, n_ctx=N, feeds=feeds(), tokens=list(range(6)),
                     readers=["predict_action.0.weight", "predict_state.weight", "predict_return.weight"])
    config = {"model_type": "decision_transformer", "n_layer": L, "n_head": H, "hidden_size": D, "n_inner": M, "n_positions": N,
              "state_dim": STATE, "act_dim": ACTION, "max_ep_len": TIME, "action_tanh": True, "activation_function": "relu"}
    yield "hf_decision_transformer", s, take_apart(s), lambda t: forward(wide(s)), spec, config, {"format": "pt"}
