/// @file
/// A model's parts as the canonical files of make_architectures.py hold them.
#ifndef SVDLENS_TESTS_MODEL_CANONICAL_PARTS_HPP
#define SVDLENS_TESTS_MODEL_CANONICAL_PARTS_HPP

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "model/edited_model.hpp"
#include "svdlens/io/safetensors.hpp"
#include "svdlens/model/transformer_weights.hpp"

namespace svdlens_tests {

struct values {
    std::vector<std::uint64_t> shape;
    std::vector<float> numbers;
};
using named_values = std::map<std::string, values>;

/// Gathers a model's parts as the canonical files hold them: a matrix a head along the first axis.
class gathered {
  public:
    explicit gathered(const svdlens::transformer_weights& w) {
        matrix("W_E", w.W_E);
        matrix("W_pos", w.W_pos);
        matrix("W_U", w.W_U);
        vector("b_U", w.b_U);
        norm("ln_embed", w.ln_embed);
        norm("ln_final", w.ln_final);
        for (const auto& extra : w.extras) {
            matrix("extra." + extra.name, extra.vectors);
            vector("extra." + extra.name.substr(0, extra.name.size() - 6) + "bias", extra.bias);
        }
        for (std::size_t l = 0; l < w.blocks.size(); ++l)
            block("blocks." + std::to_string(l) + ".", w.blocks[l]);
    }
    const named_values& all() const { return all_; }

  private:
    void block(const std::string& at, const svdlens::transformer_block& block) {
        const auto& a = block.attention;
        heads(at + "W_Q", a.W_Q);
        heads(at + "W_K", a.W_K);
        heads(at + "W_V", a.W_V);
        heads(at + "W_O", a.W_O);
        vectors(at + "b_Q", a.b_Q);
        vectors(at + "b_K", a.b_K);
        vectors(at + "b_V", a.b_V);
        vector(at + "b_O", a.b_O);
        norm(at + "ln1", block.ln1);
        norm(at + "ln2", block.ln2);
        norm(at + "ln1_post", block.ln1_post);
        norm(at + "ln2_post", block.ln2_post);
        if (block.mixture) mixture(at, *block.mixture);
        if (!block.mlp) return;
        matrix(at + "W_in", block.mlp->W_in);
        matrix(at + "W_gate", block.mlp->W_gate);
        matrix(at + "W_out", block.mlp->W_out);
        vector(at + "b_in", block.mlp->b_in);
        vector(at + "b_gate", block.mlp->b_gate);
        vector(at + "b_post", block.mlp->b_post);
        vector(at + "b_out", block.mlp->b_out);
    }
    /// Experts along the first axis.
    void mixture(const std::string& at, const svdlens::mixture_weights& of) {
        matrix(at + "W_router", of.W_router);
        vector(at + "b_router", of.b_router);
        matrix(at + "W_shared_router", of.W_shared_router);
        vectors(at + "expert_b_out", of.b_out);
        for (std::size_t e = 0; e < of.n_experts; ++e) {
            const std::size_t n = of.d_expert(), first = e * n;
            expert(at + "expert_W_in", of, of.experts.W_in.column_range(first, n));
            if (of.experts.gated())
                expert(at + "expert_W_gate", of, of.experts.W_gate.column_range(first, n));
            expert(at + "expert_W_out", of, of.experts.W_out.row_range(first, n));
        }
        for (const auto& [name, bias] :
             {std::pair("expert_b_in", &of.experts.b_in), std::pair("expert_b_gate", &of.experts.b_gate)})
            if (!bias->empty()) all_[at + name] = {{of.n_experts, of.d_expert()}, *bias};
        if (!of.shared) return;
        matrix(at + "shared_W_in", of.shared->W_in);
        matrix(at + "shared_W_gate", of.shared->W_gate);
        matrix(at + "shared_W_out", of.shared->W_out);
    }
    void expert(const std::string& name, const svdlens::mixture_weights& of, const svdlens::matrix& m) {
        all_[name].shape = {of.n_experts, m.rows(), m.columns()};
        append(all_[name].numbers, m);
    }
    void append(std::vector<float>& numbers, const svdlens::matrix& m) {
        for (std::size_t i = 0; i < m.rows(); ++i)
            for (std::size_t j = 0; j < m.columns(); ++j) numbers.push_back(m(i, j));
    }
    void matrix(const std::string& name, const svdlens::matrix& m) {
        if (m.rows() == 0) return;
        all_[name].shape = {m.rows(), m.columns()};
        append(all_[name].numbers, m);
    }
    void heads(const std::string& name, const std::vector<svdlens::matrix>& matrices) {
        if (matrices.empty()) return;
        all_[name].shape = {matrices.size(), matrices.at(0).rows(), matrices.at(0).columns()};
        for (const auto& m : matrices) append(all_[name].numbers, m);
    }
    void vector(const std::string& name, const std::vector<float>& v) {
        if (!v.empty()) all_[name] = {{v.size()}, v};
    }
    void vectors(const std::string& name, const std::vector<std::vector<float>>& list) {
        for (const auto& v : list) {
            all_[name].shape = {list.size(), v.size()};
            all_[name].numbers.insert(all_[name].numbers.end(), v.begin(), v.end());
        }
    }
    void norm(const std::string& name, const std::optional<svdlens::norm_weights>& n) {
        if (!n) return;
        vector(name + ".w", n->w);
        vector(name + ".b", n->b);
    }

    named_values all_;
};

inline bool same_bits(const std::vector<float>& a, const std::vector<float>& b) {
    return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(float)) == 0;
}

/// The first part of a model that is not, bit for bit, what NumPy took apart; empty when all are the same.
/// @param left_out a part that the model has not, where the canonical file has it; empty: none
inline std::string difference_to_canonical(const svdlens::transformer_weights& weights,
                                           const std::string& architecture,
                                           const std::string& left_out = {}) {
    const auto canonical =
        svdlens::open_safetensors(architecture_folder() / architecture / "canonical.safetensors");
    const gathered parts(weights);
    const std::size_t expected_parts = canonical.size() - (canonical.contains(left_out) ? 1 : 0);
    if (parts.all().size() != expected_parts) return "the number of parts";
    for (const auto& record : canonical.records()) {
        if (record.name == left_out) continue;
        const auto found = parts.all().find(record.name);
        if (found == parts.all().end() || found->second.shape != record.shape) return record.name;
        const auto expected = canonical.tensor(record.name);
        if (!same_bits(found->second.numbers, {expected.values().begin(), expected.values().end()}))
            return record.name;
    }
    return {};
}

} // namespace svdlens_tests

#endif
