"""Mixtures of experts: Mixtral, Qwen 2 and 3 MoE, GPT-OSS, DeepSeek V2 and V3, Llama 4.

In the canonical files experts are the first axis: expert_W_in, expert_W_gate [expert, d_model, d_expert], expert_W_out
[expert, d_expert, d_model]; W_router is [d_model, expert], shared_W_in ... as W_in, W_shared_router [d_model, 1].
"""
import numpy as np

from make_architectures import (TOKENS, Maker, attend, columns_of_heads, copy_present, cut, described, llama_config, rms_norm,
                                rotary_tables, rotate_half, rows_of_heads, silu, softmax, wide)

E, TOP = 4, 2  # experts, and how many of them a token goes to


# ---- who goes where, and by what weight: [position, expert], 0 for the others ---------------------------------------

def chosen(scores, k):
    """Ones at the k largest of each row."""
    order = np.argsort(-scores, axis=-1, kind="stable")[:, :k]
    mask = np.zeros_like(scores)
    np.put_along_axis(mask, order, 1.0, axis=-1)
    return mask


def softmax_then_top(logits, normalised=True, factor=1.0):
    """Mixtral and Qwen: probabilities of all, the largest kept, and divided by their sum or not."""
    kept = softmax(logits)
    kept = kept * chosen(kept, TOP)
    return factor * (kept / kept.sum(-1, keepdims=True) if normalised else kept)


def top_then_softmax(logits):
    """GPT-OSS."""
    return softmax(np.where(chosen(logits, TOP) > 0, logits, -np.inf))


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def sigmoid_by_groups(logits, correction, factor, groups=2, kept_groups=1):
    """DeepSeek V3: the experts of the best groups, chosen by corrected scores, weighed by uncorrected ones."""
    scores = sigmoid(logits)
    corrected = scores + correction
    of_group = np.sort(corrected.reshape(len(scores), groups, -1), -1)[..., -2:].sum(-1)
    allowed = np.repeat(chosen(of_group, kept_groups), scores.shape[-1] // groups, -1)
    weights = scores * chosen(np.where(allowed > 0, corrected, 0.0), TOP)
    return factor * weights / (weights.sum(-1, keepdims=True) + 1e-20)


# ---- the canonical mixture ------------------------------------------------------------------------------------------

def glu_oss(gate, up):
    gate, up = np.minimum(gate, 7.0), np.clip(up, -7.0, 7.0)
    return (up + 1) * gate * sigmoid(1.702 * gate)


def canonical_mixture(route, glu=lambda gate, up: silu(gate) * up, scales_input=False):
    """route: logits to weights. Expert by expert, position by position."""
    def run(c, x, at, usual):
        if at + "W_router" not in c:
            return usual(x, at)
        weights = route(x @ c[at + "W_router"] + c.get(at + "b_router", 0))
        out = np.zeros_like(x)
        for p in range(len(x)):
            for e in np.flatnonzero(weights[p]):
                read = x[p] * weights[p, e] if scales_input else x[p]
                gate = read @ c[at + "expert_W_gate"][e] + (c[at + "expert_b_gate"][e] if at + "expert_b_gate" in c else 0)
                up = read @ c[at + "expert_W_in"][e] + (c[at + "expert_b_in"][e] if at + "expert_b_in" in c else 0)
                y = glu(gate, up) @ c[at + "expert_W_out"][e] + (c[at + "expert_b_out"][e] if at + "expert_b_out" in c else 0)
                out[p] += y if scales_input else weights[p, e] * y
        if at + "shared_W_in" in c:
            y = (silu(x @ c[at + "shared_W_gate"]) * (x @ c[at + "shared_W_in"])) @ c[at + "shared_W_out"]
            out += y * sigmoid(x @ c[at + "W_shared_router"]) if at + "W_shared_router" in c else y
        return out
    return run


def canonical_attention(prepare, sinks=lambda at: None):
    """Head by head from the canonical tensors; prepare(query or key, its letter, at) is what else happens to them."""
    def run(c, x, at, usual):
        heads, shared = len(c[at + "W_O"]), len(c[at + "W_V"])
        out = np.zeros_like(x) + c.get(at + "b_O", 0)
        for h in range(heads):
            g = h // (heads // shared)
            of = {part: x @ c[at + "W_" + part][i] + (c[at + "b_" + part][i] if at + "b_" + part in c else 0)
                  for part, i in (("Q", h), ("K", g), ("V", g))}
            q, k, v = prepare(of["Q"], "q", at)[None], prepare(of["K"], "k", at)[None], of["V"][None]
            sink = sinks(at)
            mixed = attend(q, k, v) if sink is None else attend_with_sinks(q, k, v, sink[h:h + 1])
            out += mixed[0] @ c[at + "W_O"][h]
        return out
    return run


def turned(x):
    cos, sin = rotary_tables(np.arange(len(x)), x.shape[-1], 10000)
    return x * cos + rotate_half(x) * sin


def stored(at, prefix="model."):
    return at.replace("blocks.", prefix + "layers.")


# ---- Llama's attention with what each family adds, from the stored tensors ------------------------------------------

def linear(s, x, name):
    return x @ s[name + ".weight"].T + s.get(name + ".bias", 0)


def heads_of(x, n):
    return x.reshape(len(x), n, -1).swapaxes(0, 1)


def attend_with_sinks(q, k, v, sinks):
    scores = q @ k.swapaxes(-1, -2) / np.sqrt(q.shape[-1])
    scores = np.where(np.tril(np.ones(scores.shape[-2:], bool)), scores, -np.inf)
    with_sink = np.concatenate((scores, np.broadcast_to(sinks[:, None, None], scores.shape[:2] + (1,))), -1)
    return softmax(with_sink)[..., :-1] @ v


def llama_attention(s, y, a, H, K, qk_norm=False, rotate=None, sinks=False):
    q, k, v = (heads_of(linear(s, y, f"{a}{n}_proj"), h) for n, h in (("q", H), ("k", K), ("v", K)))
    if qk_norm:
        q, k = rms_norm(q, s[a + "q_norm.weight"]), rms_norm(k, s[a + "k_norm.weight"])
    cos, sin = rotary_tables(np.arange(len(y)), q.shape[-1], 10000)
    turn = rotate or (lambda z: z * cos + rotate_half(z) * sin)
    q, k = turn(q), turn(k)
    k, v = (np.repeat(each, H // K, axis=0) for each in (k, v))
    mixed = attend_with_sinks(q, k, v, s[a + "sinks"]) if sinks else attend(q, k, v)
    return linear(s, mixed.swapaxes(0, 1).reshape(len(y), -1), a + "o_proj")


def forward(s, tokens, attention, mlp, prefix="model."):
    """Pre-norm decoder of RMSNorms; attention(y, "...self_attn."), mlp(y, "...layers.l.")."""
    x = s[prefix + "embed_tokens.weight"][tokens].astype(np.float64)
    l = 0
    while f"{prefix}layers.{l}.input_layernorm.weight" in s:
        at = f"{prefix}layers.{l}."
        x = x + attention(rms_norm(x, s[at + "input_layernorm.weight"]), at + "self_attn.")
        x = x + mlp(rms_norm(x, s[at + "post_attention_layernorm.weight"]), at)
        l += 1
    head = prefix.replace("model.", "", 1) if prefix.startswith("language_model.") else ""
    x = rms_norm(x, s[prefix + "norm.weight"])
    return x @ s["language_model.lm_head.weight" if head else "lm_head.weight"].T


def gated(s, x, at, names=("gate_proj", "up_proj", "down_proj")):
    gate, up, down = (f"{at}{name}" for name in names)
    return linear(s, silu(linear(s, x, gate)) * linear(s, x, up), down)


def dispatch(x, weights, expert):
    """As the models do it: for each expert the tokens that go to it. expert(e, tokens' inputs)."""
    out = np.zeros_like(x)
    for e in range(weights.shape[-1]):
        tokens = np.flatnonzero(weights[:, e])
        if len(tokens):
            out[tokens] += expert(e, x[tokens]) * weights[tokens, e][:, None]
    return out


# ---- tensors --------------------------------------------------------------------------------------------------------

def add_attention(m, a, *, H, K, D, d, biases=False, qk_norm=False, all_biases=False):
    for name, n in (("q", H), ("k", K), ("v", K)):
        m.add(f"{a}{name}_proj.weight", n * d, D)
        if biases:
            m.add(f"{a}{name}_proj.bias", n * d)
    m.add(a + "o_proj.weight", D, H * d)
    if all_biases:
        m.add(a + "o_proj.bias", D)
    if qk_norm:
        m.norm(a + "q_norm", d, ("weight",))
        m.norm(a + "k_norm", d, ("weight",))


def add_mlp(m, at, D, M, names=("gate_proj", "up_proj", "down_proj")):
    for name in names[:2]:
        m.add(f"{at}{name}.weight", M, D)
    m.add(f"{at}{names[2]}.weight", D, M)


def add_outer(m, prefix, D, V, L, head="lm_head.weight"):
    m.add(prefix + "embed_tokens.weight", V, D)
    for l in range(L):
        m.norm(f"{prefix}layers.{l}.input_layernorm", D, ("weight",))
        m.norm(f"{prefix}layers.{l}.post_attention_layernorm", D, ("weight",))
    m.norm(prefix + "norm", D, ("weight",))
    m.add(head, V, D)


def canonical_outer(s, prefix, L, H, K, head="lm_head.weight", attention=True):
    c = {"W_E": s[prefix + "embed_tokens.weight"], "W_U": s[head].T, "ln_final.w": s[prefix + "norm.weight"]}
    for l in range(L):
        at, to = f"{prefix}layers.{l}.", f"blocks.{l}."
        c[to + "ln1.w"], c[to + "ln2.w"] = s[at + "input_layernorm.weight"], s[at + "post_attention_layernorm.weight"]
        if not attention:
            continue
        for part, n in (("Q", H), ("K", K), ("V", K)):
            name = f"{at}self_attn.{part.lower()}_proj"
            c[f"{to}W_{part}"] = rows_of_heads(s[name + ".weight"], n)
            if name + ".bias" in s:
                c[f"{to}b_{part}"] = cut(s[name + ".bias"], n)
        c[to + "W_O"] = columns_of_heads(s[at + "self_attn.o_proj.weight"], H)
        copy_present(c, s, {to + "b_O": at + "self_attn.o_proj.bias"})
    return c


def canonical_gated(c, s, to, at, kind="", names=("gate_proj", "up_proj", "down_proj")):
    for part, name in zip(("W_gate", "W_in", "W_out"), names):
        c[f"{to}{kind}{part}"] = s[f"{at}{name}.weight"].T


def canonical_experts(c, s, to, at, names=("gate_proj", "up_proj", "down_proj")):
    for part, name in zip(("W_gate", "W_in", "W_out"), names):
        c[f"{to}expert_{part}"] = np.stack([s[f"{at}{e}.{name}.weight"].T for e in range(E)])


def spec_of(scheme, **more):
    return described(**{"scheme": scheme, "n_key_value_heads": 1, "n_ctx": 64, "norm": "rms_norm", "rotary": 2, "act": "silu",
                        "n_experts": E, **more})


def routing(how="softmax", top=TOP, normalised=1, factor=1.0, **more):
    """How the tests route with the weights as read: `families` of tests/support/naive_mixture.hpp."""
    return {"routing": how, "top": str(top), "normalised": str(normalised), "factor": str(factor),
            **{k: str(v) for k, v in more.items()}}


# ---- the families ---------------------------------------------------------------------------------------------------

def mixtral(seed, dtype="F32", L=2):
    D, H, K, d, M, V, p = 6, 3, 1, 2, 5, 7, "model."
    m, names = Maker(seed, dtype), ("w1", "w3", "w2")
    add_outer(m, p, D, V, L)
    for l in range(L):
        at = f"{p}layers.{l}."
        add_attention(m, at + "self_attn.", H=H, K=K, D=D, d=d)
        m.add(at + "block_sparse_moe.gate.weight", E, D)
        for e in range(E):
            add_mlp(m, f"{at}block_sparse_moe.experts.{e}.", D, M, names)
    s = m.state
    c = canonical_outer(s, p, L, H, K)
    for l in range(L):
        at, to = f"{p}layers.{l}.block_sparse_moe.", f"blocks.{l}."
        c[to + "W_router"] = s[at + "gate.weight"].T
        canonical_experts(c, s, to, at + "experts.", names)

    def run(tokens):
        w = wide(s)

        def mlp(y, at):
            at += "block_sparse_moe."
            weights = softmax_then_top(linear(w, y, at + "gate"))
            return dispatch(y, weights, lambda e, z: gated(w, z, f"{at}experts.{e}.", names))
        return forward(w, tokens, lambda y, a: llama_attention(w, y, a, H, K), mlp)
    config = {**llama_config(model_type="mixtral"), "num_local_experts": E, "num_experts_per_tok": TOP, "sliding_window": None}
    spec = spec_of("Mixtral", d_mlp=0, d_expert=M, dtypes=dtype, mlp=canonical_mixture(softmax_then_top),
                   logits=routing())
    return "mixtral" + ("" if dtype == "F32" else "_" + dtype.lower()), s, c, run, spec, config, {"format": "pt"}


def qwen_moe(seed, third):
    """Qwen 2: shared experts, an MLP in layer 0 (mlp_only_layers), weights not normalised. Qwen 3: norms of queries and keys."""
    D, H, K, d, M, V, L, p = 6, 3, 1, 2, 5, 7, 3, "model."
    MX, MS = 3, 4
    m = Maker(seed)
    add_outer(m, p, D, V, L)
    dense = [] if third else [0]
    for l in range(L):
        at = f"{p}layers.{l}."
        add_attention(m, at + "self_attn.", H=H, K=K, D=D, d=d, biases=not third, qk_norm=third)
        if l in dense:
            add_mlp(m, at + "mlp.", D, M)
            continue
        m.add(at + "mlp.gate.weight", E, D)
        for e in range(E):
            add_mlp(m, f"{at}mlp.experts.{e}.", D, MX)
        if not third:
            add_mlp(m, at + "mlp.shared_expert.", D, MS)
            m.add(at + "mlp.shared_expert_gate.weight", 1, D)
    s = m.state
    c = canonical_outer(s, p, L, H, K)
    for l in range(L):
        at, to = f"{p}layers.{l}.mlp.", f"blocks.{l}."
        if l in dense:
            canonical_gated(c, s, to, at)
            continue
        c[to + "W_router"] = s[at + "gate.weight"].T
        canonical_experts(c, s, to, at + "experts.")
        if not third:
            canonical_gated(c, s, to, at + "shared_expert.", "shared_")
            c[to + "W_shared_router"] = s[at + "shared_expert_gate.weight"].T

    def route(logits):
        return softmax_then_top(logits, normalised=third)

    def run(tokens):
        w = wide(s)

        def mlp(y, at):
            at += "mlp."
            if at + "gate.weight" not in w:
                return gated(w, y, at)
            out = dispatch(y, route(linear(w, y, at + "gate")), lambda e, z: gated(w, z, f"{at}experts.{e}."))
            if third:
                return out
            return out + sigmoid(linear(w, y, at + "shared_expert_gate")) * gated(w, y, at + "shared_expert.")
        return forward(w, tokens, lambda y, a: llama_attention(w, y, a, H, K, qk_norm=third), mlp)

    def prepare(x, letter, at):
        return turned(rms_norm(x, wide(s)[f"{stored(at)}self_attn.{letter}_norm.weight"]))
    config = {**llama_config(model_type="qwen3_moe" if third else "qwen2_moe", num_hidden_layers=L), "num_experts": E,
              "num_experts_per_tok": TOP, "moe_intermediate_size": MX, "norm_topk_prob": third, "decoder_sparse_step": 1,
              "mlp_only_layers": dense}
    config.update({"head_dim": d} if third else {"shared_expert_intermediate_size": MS})
    spec = spec_of("Qwen MoE", n_layers=L, d_mlp=0 if third else M, d_expert=MX, d_shared=0 if third else MS,
                   mlp=canonical_mixture(route), logits=routing(normalised=int(third)))
    if third:
        spec.update(attention=canonical_attention(prepare))
        spec["qk_norm"] = {f"blocks.{l}.{x}_norm": s[f"{p}layers.{l}.self_attn.{x}_norm.weight"] for l in range(L) for x in "qk"}
    return ("qwen3_moe" if third else "qwen2_moe"), s, c, run, spec, config, {"format": "pt"}


def gpt_oss(seed, dtype="F32"):
    D, H, K, d, M, V, L, p = 6, 4, 2, 2, 5, 7, 2, "model."
    m = Maker(seed, dtype)
    add_outer(m, p, D, V, L)
    for l in range(L):
        at = f"{p}layers.{l}."
        add_attention(m, at + "self_attn.", H=H, K=K, D=D, d=d, biases=True, all_biases=True)
        m.add(at + "self_attn.sinks", H)
        m.add(at + "mlp.router.weight", E, D)
        m.add(at + "mlp.router.bias", E)
        m.add(at + "mlp.experts.gate_up_proj", E, D, 2 * M)
        m.add(at + "mlp.experts.gate_up_proj_bias", E, 2 * M)
        m.add(at + "mlp.experts.down_proj", E, M, D)
        m.add(at + "mlp.experts.down_proj_bias", E, D)
    s = m.state
    c = canonical_outer(s, p, L, H, K)
    for l in range(L):
        at, to = f"{p}layers.{l}.mlp.", f"blocks.{l}."
        c[to + "W_router"], c[to + "b_router"] = s[at + "router.weight"].T, s[at + "router.bias"]
        for k, part in enumerate(("gate", "in")):
            places = [2 * n + k for n in range(M)]
            c[f"{to}expert_W_{part}"] = s[at + "experts.gate_up_proj"][:, :, places]
            c[f"{to}expert_b_{part}"] = s[at + "experts.gate_up_proj_bias"][:, places]
        c[to + "expert_W_out"], c[to + "expert_b_out"] = s[at + "experts.down_proj"], s[at + "experts.down_proj_bias"]

    def run(tokens):
        w = wide(s)

        def mlp(y, at):
            at += "mlp.experts."
            weights = top_then_softmax(y @ w[at.replace("experts.", "router.weight")].T + w[at.replace("experts.", "router.bias")])
            both = np.einsum("pd,edm->epm", y, w[at + "gate_up_proj"]) + w[at + "gate_up_proj_bias"][:, None]
            out = np.einsum("epm,emd->epd", glu_oss(both[..., ::2], both[..., 1::2]), w[at + "down_proj"])
            return ((out + w[at + "down_proj_bias"][:, None]) * weights.T[..., None]).sum(0)
        return forward(w, tokens, lambda y, a: llama_attention(w, y, a, H, K, sinks=True), mlp)

    attention = canonical_attention(lambda x, letter, at: turned(x), lambda at: wide(s)[stored(at) + "self_attn.sinks"])
    config = {**llama_config(model_type="gpt_oss", num_attention_heads=H, num_key_value_heads=K), "head_dim": d,
              "num_local_experts": E, "num_experts_per_tok": TOP, "attention_bias": True, "swiglu_limit": 7.0,
              "layer_types": ["sliding_attention", "full_attention"], "sliding_window": 128}
    spec = spec_of("GPT-OSS", n_heads=H, n_key_value_heads=K, d_mlp=0, d_expert=M, dtypes=dtype, attention=attention,
                   mlp=canonical_mixture(top_then_softmax, glu_oss), logits=routing(glu="oss"),
                   qk_norm={f"blocks.{l}.sinks": s[f"{p}layers.{l}.self_attn.sinks"] for l in range(L)})
    return "gpt_oss" + ("" if dtype == "F32" else "_" + dtype.lower()), s, c, run, spec, config, {"format": "pt"}


def deepseek(seed, third):
    """The first layer has an MLP. Queries behind a latent of their own (V3), or not (V2 Lite)."""
    D, H, V, L, p = 6, 2, 7, 3, "model."
    M, MX, MS = 5, 3, 6  # two shared experts in one MLP
    nope, rope, v_dim, latent, q_latent = 3, 2, 4, 5, 3
    m = Maker(seed)
    add_outer(m, p, D, V, L)
    for l in range(L):
        at = f"{p}layers.{l}."
        a = at + "self_attn."
        if third:
            m.add(a + "q_a_proj.weight", q_latent, D)
            m.norm(a + "q_a_layernorm", q_latent, ("weight",))
            m.add(a + "q_b_proj.weight", H * (nope + rope), q_latent)
        else:
            m.add(a + "q_proj.weight", H * (nope + rope), D)
        m.add(a + "kv_a_proj_with_mqa.weight", latent + rope, D)
        m.norm(a + "kv_a_layernorm", latent, ("weight",))
        m.add(a + "kv_b_proj.weight", H * (nope + v_dim), latent)
        m.add(a + "o_proj.weight", D, H * v_dim)
        if l == 0:
            add_mlp(m, at + "mlp.", D, M)
            continue
        m.add(at + "mlp.gate.weight", E, D)
        if third:
            m.add(at + "mlp.gate.e_score_correction_bias", E)
        for e in range(E):
            add_mlp(m, f"{at}mlp.experts.{e}.", D, MX)
        add_mlp(m, at + "mlp.shared_experts.", D, MS)
    s = m.state
    c = canonical_outer(s, p, L, H, H, attention=False)
    for l in range(L):
        at, to = f"{p}layers.{l}.", f"blocks.{l}."
        gain = s[at + "self_attn.kv_a_layernorm.weight"].astype(np.float64)
        down = s[at + "self_attn.kv_a_proj_with_mqa.weight"][:latent].astype(np.float64)
        up = s[at + "self_attn.kv_b_proj.weight"].astype(np.float64).reshape(H, nope + v_dim, latent)[:, nope:]
        c[to + "W_V"] = np.stack([(down.T * gain).astype(np.float32).astype(np.float64) @ up[h].T for h in range(H)]).astype(np.float32)
        c[to + "W_O"] = columns_of_heads(s[at + "self_attn.o_proj.weight"], H)
        if l == 0:
            canonical_gated(c, s, to, at + "mlp.")
            continue
        c[to + "W_router"] = s[at + "mlp.gate.weight"].T
        canonical_experts(c, s, to, at + "mlp.experts.")
        canonical_gated(c, s, to, at + "mlp.shared_experts.", "shared_")

    def weights_of(y, w, a):
        """Attention weights of each head, and the scale of each token's latent."""
        q = linear(w, rms_norm(linear(w, y, a + "q_a_proj"), w[a + "q_a_layernorm.weight"]), a + "q_b_proj") if third else linear(w, y, a + "q_proj")
        q = heads_of(q, H)
        both = linear(w, y, a + "kv_a_proj_with_mqa")
        made, turned = both[:, :latent], both[:, latent:]
        k = heads_of(linear(w, rms_norm(made, w[a + "kv_a_layernorm.weight"]), a + "kv_b_proj"), H)[..., :nope]
        cos, sin = rotary_tables(np.arange(len(y)), rope, 10000)
        turn = lambda z: z * cos + rotate_half(z) * sin
        q = np.concatenate((q[..., :nope], turn(q[..., nope:])), -1)
        k = np.concatenate((k, np.broadcast_to(turn(turned), (H, len(y), rope))), -1)
        scores = np.where(np.tril(np.ones((len(y),) * 2, bool)), q @ k.swapaxes(-1, -2) / np.sqrt(nope + rope), -np.inf)
        return softmax(scores), made

    def attention(c, x, at, usual):
        a = at.replace("blocks.", "model.layers.") + "self_attn."
        pattern, made = weights_of(x, wide(s), a)
        scale = 1 / np.sqrt((made * made).mean(-1, keepdims=True) + 1e-5)
        return sum(pattern[h] @ (scale * (x @ c[at + "W_V"][h])) @ c[at + "W_O"][h] for h in range(H))

    def route_of(w, at):
        if third:
            return lambda logits: sigmoid_by_groups(logits, w[at + "gate.e_score_correction_bias"], 2.5)
        return lambda logits: softmax_then_top(logits, normalised=False, factor=1.5)

    def own_attention(w, y, a):
        pattern, made = weights_of(y, w, a)
        v = heads_of(linear(w, rms_norm(made, w[a + "kv_a_layernorm.weight"]), a + "kv_b_proj"), H)[..., nope:]
        return linear(w, (pattern @ v).swapaxes(0, 1).reshape(len(y), -1), a + "o_proj")

    def own_mlp(w, y, at):
        at += "mlp."
        if at + "gate.weight" not in w:
            return gated(w, y, at)
        weights = route_of(w, at)(linear(w, y, at + "gate"))
        return dispatch(y, weights, lambda e, z: gated(w, z, f"{at}experts.{e}.")) + gated(w, y, at + "shared_experts.")

    def run(tokens):
        w = wide(s)
        return forward(w, tokens, lambda y, a: own_attention(w, y, a), lambda y, at: own_mlp(w, y, at))

    def seen_patterns(w):
        """By how much each value counts for each position, times the scale of the latent that it was made from."""
        seen = {}

        def watch(y, a):
            pattern, made = weights_of(y, w, a)
            to = a.replace("model.layers.", "blocks.").replace("self_attn.", "")
            seen[to + "pattern"] = (pattern / np.sqrt((made * made).mean(-1) + 1e-5)).astype(np.float32)
            return own_attention(w, y, a)
        forward(w, TOKENS, watch, lambda y, at: own_mlp(w, y, at))
        if third:
            for l in range(1, L):
                seen[f"blocks.{l}.correction"] = s[f"{p}layers.{l}.mlp.gate.e_score_correction_bias"]
        return seen

    def mixture(c, x, at, usual):
        route = route_of(wide(s), at.replace("blocks.", "model.layers.") + "mlp.")
        return canonical_mixture(route)(c, x, at, usual)
    config = {**llama_config(model_type="deepseek_v3" if third else "deepseek_v2", num_hidden_layers=L, num_attention_heads=H,
                             num_key_value_heads=H), "n_routed_experts": E, "n_shared_experts": 2, "num_experts_per_tok": TOP,
              "moe_intermediate_size": MX, "first_k_dense_replace": 1, "kv_lora_rank": latent,
              "q_lora_rank": q_latent if third else None, "qk_nope_head_dim": nope, "qk_rope_head_dim": rope, "v_head_dim": v_dim,
              "head_dim": rope, "routed_scaling_factor": 2.5 if third else 1.5, "norm_topk_prob": third}
    spec = spec_of("DeepSeek", n_layers=L, n_heads=H, n_key_value_heads=H, d_head=v_dim, rotary=-1, d_mlp=M, d_expert=MX,
                   d_shared=MS, attention=attention, mlp=mixture, computed=True,
                   logits=routing("sigmoid", factor=2.5, groups=2, kept=1) if third else routing(normalised=0, factor=1.5))
    spec["qk_norm"] = seen_patterns(wide(s))
    return ("deepseek_v3" if third else "deepseek_v2"), s, c, run, spec, config, {"format": "pt"}


def llama4(seed):
    """Every second layer is a mixture; every fourth attends without positions."""
    D, H, K, d, V, L, p = 6, 3, 1, 2, 7, 4, "language_model.model."
    M, MX = 5, 3
    m = Maker(seed)
    add_outer(m, p, D, V, L, "language_model.lm_head.weight")
    for l in range(L):
        at = f"{p}layers.{l}."
        add_attention(m, at + "self_attn.", H=H, K=K, D=D, d=d)
        if l % 2 == 0:
            add_mlp(m, at + "feed_forward.", D, M)
            continue
        m.add(at + "feed_forward.router.weight", E, D)
        m.add(at + "feed_forward.experts.gate_up_proj", E, D, 2 * MX)
        m.add(at + "feed_forward.experts.down_proj", E, MX, D)
        add_mlp(m, at + "feed_forward.shared_expert.", D, MX)
    s = m.state
    c = canonical_outer(s, p, L, H, K, "language_model.lm_head.weight")
    for l in range(L):
        at, to = f"{p}layers.{l}.feed_forward.", f"blocks.{l}."
        if l % 2 == 0:
            canonical_gated(c, s, to, at)
            continue
        c[to + "W_router"] = s[at + "router.weight"].T
        c[to + "expert_W_gate"], c[to + "expert_W_in"] = np.split(s[at + "experts.gate_up_proj"], 2, -1)
        c[to + "expert_W_out"] = s[at + "experts.down_proj"]
        canonical_gated(c, s, to, at + "shared_expert.", "shared_")

    def turn(z):
        """Neighbouring entries as complex numbers; then of length 1 (times the root of their number)."""
        angles = np.arange(z.shape[-2])[:, None] * 10000.0 ** (-np.arange(0, d, 2) / d)
        y = (z[..., ::2] + 1j * z[..., 1::2]) * np.exp(1j * angles)
        y = np.stack((y.real, y.imag), -1).reshape(z.shape)
        return y / np.sqrt((y * y).mean(-1, keepdims=True) + 1e-5)

    def attend_in(w, y, a):
        positions = (int(a.split("layers.")[1].split(".")[0]) + 1) % 4 != 0
        return llama_attention(w, y, a, H, K, rotate=turn if positions else lambda z: z)

    def top_sigmoid(logits):
        return sigmoid(logits) * chosen(logits, 1)

    def run(tokens):
        w = wide(s)

        def mlp(y, at):
            at += "feed_forward."
            if at + "router.weight" not in w:
                return gated(w, y, at)
            scores = top_sigmoid(linear(w, y, at + "router"))
            gate, up = np.split(np.einsum("epd,edm->epm", y[None] * scores.T[..., None], w[at + "experts.gate_up_proj"]), 2, -1)
            return np.einsum("epm,emd->pd", up * silu(gate), w[at + "experts.down_proj"]) + gated(w, y, at + "shared_expert.")
        return forward(w, tokens, lambda y, a: attend_in(w, y, a), mlp, p)

    attention = canonical_attention(lambda x, letter, at: x if at == "blocks.3." else turn(x))
    text = {**llama_config(model_type="llama4_text", num_hidden_layers=L, intermediate_size=MX), "intermediate_size_mlp": M,
            "head_dim": d, "num_local_experts": E, "num_experts_per_tok": 1, "interleave_moe_layer_step": 2, "use_qk_norm": True,
            "no_rope_layers": [1, 1, 1, 0]}
    spec = spec_of("Llama 4", n_layers=L, rotary=2, pairing="interleaved", turning=[True, True, True, False], conflict=True, d_mlp=M,
                   d_expert=MX, d_shared=MX, attention=attention, mlp=canonical_mixture(top_sigmoid, scales_input=True),
                   logits=routing("sigmoid", top=1, normalised=0, scales_input=1),
                   qk_norm={f"blocks.{l}.{x}_norm": np.ones(d, np.float32) for l in range(3) for x in "qk"})
    return "llama4", s, c, run, spec, {"model_type": "llama4", "text_config": text}, {"format": "pt"}


def models():
    yield mixtral(101)
    yield mixtral(102, "BF16")
    yield qwen_moe(103, False)
    yield qwen_moe(104, True)
    yield gpt_oss(105)
    yield gpt_oss(106, "BF16")
    yield deepseek(107, False)
    yield deepseek(108, True)
    yield llama4(109)
