/// @file
/// A transformer's forward pass as its definition says, in double and without thought of speed.
#ifndef SVDLENS_TESTS_SUPPORT_NAIVE_TRANSFORMER_HPP
#define SVDLENS_TESTS_SUPPORT_NAIVE_TRANSFORMER_HPP

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "support/naive_mixture.hpp"
#include "svdlens/model/transformer_weights.hpp"

namespace svdlens_tests {

using stream_row = std::vector<double>;
using row_list = std::vector<stream_row>; ///< one activation per position

enum class activation { relu, gelu, gelu_tanh, silu };

inline double activate(activation kind, double x) {
    switch (kind) {
    case activation::relu:
        return x > 0 ? x : 0;
    case activation::gelu:
        return 0.5 * x * (1 + std::erf(x / std::sqrt(2.0)));
    case activation::gelu_tanh:
        return 0.5 * x * (1 + std::tanh(std::sqrt(2 / 3.14159265358979323846) * (x + 0.044715 * x * x * x)));
    case activation::silu:
        break;
    }
    return x / (1 + std::exp(-x));
}

/// x W + b, b empty or not.
template <class T>
stream_row affine(const stream_row& x, const svdlens::basic_matrix<T>& W, const std::vector<T>& b) {
    stream_row y(W.columns(), 0.0);
    for (std::size_t j = 0; j < y.size(); ++j) {
        if (!b.empty()) y[j] = static_cast<double>(b[j]);
        for (std::size_t i = 0; i < x.size(); ++i) y[j] += x[i] * static_cast<double>(W(i, j));
    }
    return y;
}

inline void add(stream_row& x, const stream_row& y) {
    for (std::size_t i = 0; i < x.size(); ++i) x[i] += y[i];
}

/// What a head makes of the stream: a matrix, gelu, a LayerNorm.
struct output_head {
    row_list W = {}; ///< d_model × d_model; nothing: no head
    stream_row b = {};
    stream_row norm_w = {};
    stream_row norm_b = {};
};

/// What a model computes that its weights as read do not hold.
struct beyond_weights {
    std::vector<stream_row> query_gains =
        {}; ///< a layer: of an RMSNorm of each head's queries, or of all together
    std::vector<stream_row> key_gains = {};             ///< the same of keys
    std::vector<svdlens::rotary_embedding> rotary = {}; ///< a layer, where layers differ; no dimensions: none
    std::vector<stream_row> slopes =
        {}; ///< a layer: by how much each head's scores fall from key to key (ALiBi)
    std::vector<stream_row> sinks = {}; ///< a layer: the logit of each head's sink
    std::vector<std::vector<row_list>> patterns =
        {}; ///< a layer, a head: what the values of positions count for
    svdlens_tests::routing routing = {};
    bool causal = true;                ///< a position sees those before it alone
    std::set<std::size_t> hidden = {}; ///< positions that nobody sees
    row_list start = {};               ///< a position: what is embedded besides
    std::map<std::string, row_list> feeds =
        {};                             ///< an extra that writes: what each position is given of its rows
    std::vector<row_list> between = {}; ///< a layer, a position: written between attention and MLP
    svdlens_tests::output_head head = {};
};

template <class T>
class naive_transformer {
  public:
    naive_transformer(const svdlens::basic_transformer_weights<T>& weights, activation kind,
                      beyond_weights beyond = {}) :
        weights_(weights),
        activation_(kind), beyond_(std::move(beyond)) {}

    /// What each position predicts: b_U + x W_U, then every extra that reads, one after the other; where there is
    /// neither, the stream behind the last norm.
    row_list run(const std::vector<std::size_t>& tokens) const {
        row_list x;
        for (std::size_t p = 0; p < tokens.size(); ++p) {
            const stream_row start = embedded(tokens[p], p);
            x.push_back(weights_.ln_embed ? normalise(start, weights_.ln_embed) : start);
        }
        for (std::size_t l = 0; l < weights_.blocks.size(); ++l) step(x, l);
        const bool final_norm = weights_.norm_placement != svdlens::norm_placement::after;
        row_list outputs;
        for (const auto& each : x)
            outputs.push_back(predict(behind_head(final_norm ? normalise(each, weights_.ln_final) : each)));
        return outputs;
    }

  private:
    /// The sum of all that a position is given.
    stream_row embedded(std::size_t token, std::size_t p) const {
        stream_row x(weights_.sizes.d_model, 0.0);
        const auto add_row = [&](const svdlens::basic_matrix<T>& m, std::size_t at, double factor) {
            for (std::size_t i = 0; i < x.size(); ++i) x[i] += factor * static_cast<double>(m(at, i));
        };
        if (weights_.W_E.rows() != 0) add_row(weights_.W_E, token, 1);
        if (weights_.W_pos.rows() != 0) add_row(weights_.W_pos, p, 1);
        if (!beyond_.start.empty()) add(x, beyond_.start[p]);
        for (const auto& extra : weights_.extras) {
            const auto feed = beyond_.feeds.find(extra.name);
            if (feed == beyond_.feeds.end()) continue;
            const stream_row& given = feed->second[p];
            const bool any = std::any_of(given.begin(), given.end(), [](double each) { return each != 0; });
            for (std::size_t k = 0; k < given.size(); ++k) add_row(extra.vectors, k, given[k]);
            for (std::size_t i = 0; any && i < extra.bias.size(); ++i)
                x[i] += static_cast<double>(extra.bias[i]);
        }
        return x;
    }

    stream_row behind_head(const stream_row& x) const {
        const auto& head = beyond_.head;
        if (head.W.empty()) return x;
        stream_row y(head.W.front().size(), 0.0);
        double mean = 0, square = 0;
        for (std::size_t j = 0; j < y.size(); ++j) {
            if (!head.b.empty()) y[j] = head.b[j];
            for (std::size_t i = 0; i < x.size(); ++i) y[j] += x[i] * head.W[i][j];
            y[j] = activate(activation::gelu_tanh, y[j]);
            mean += y[j] / static_cast<double>(y.size());
        }
        for (double& each : y) each -= mean;
        for (const double each : y) square += each * each / static_cast<double>(y.size());
        for (std::size_t j = 0; j < y.size(); ++j)
            y[j] =
                y[j] / std::sqrt(square + 1e-5) * head.norm_w[j] + (head.norm_b.empty() ? 0 : head.norm_b[j]);
        return y;
    }

    void step(row_list& x, std::size_t layer) const {
        using svdlens::norm_placement;
        const auto& block = weights_.blocks[layer];
        if (weights_.norm_placement == norm_placement::after) return step_then_normalise(x, layer);
        const bool as_it_is = weights_.norm_placement == norm_placement::written;
        const row_list before = x;
        row_list read;
        for (const auto& each : before)
            read.push_back(as_it_is || block.attention_reads_stream ? each : normalise(each, block.ln1));
        const auto attended = attend(read, layer);
        for (std::size_t p = 0; p < x.size(); ++p) add(x[p], normalise_written(attended[p], block.ln1_post));
        for (std::size_t p = 0; p < x.size() && !beyond_.between.empty(); ++p)
            add(x[p], beyond_.between[layer][p]);
        if (!block.mlp && !block.mixture) return;
        const bool parallel = weights_.block_order == svdlens::block_order::parallel;
        for (std::size_t p = 0; p < x.size(); ++p) {
            const stream_row stream = parallel ? before[p] : x[p];
            const stream_row each = as_it_is ? stream : normalise(stream, block.ln2);
            const stream_row thought =
                block.mlp ? think(each, *block.mlp) : consult(each, *block.mixture, layer);
            add(x[p], normalise_written(thought, block.ln2_post));
        }
    }

    /// As BERT: the norms are of the sums.
    void step_then_normalise(row_list& x, std::size_t layer) const {
        const auto& block = weights_.blocks[layer];
        const auto attended = attend(x, layer);
        for (std::size_t p = 0; p < x.size(); ++p) {
            add(x[p], attended[p]);
            x[p] = normalise(x[p], block.ln1);
            if (!block.mlp) continue;
            add(x[p], think(x[p], *block.mlp));
            x[p] = normalise(x[p], block.ln2);
        }
    }

    /// As Gemma 2: a norm of what is written, where there is one.
    stream_row normalise_written(const stream_row& x,
                                 const std::optional<svdlens::basic_norm<T>>& norm) const {
        return norm ? normalise(x, norm) : x;
    }

    stream_row normalise(stream_row x, const std::optional<svdlens::basic_norm<T>>& norm) const {
        using svdlens::normalization;
        const auto kind = weights_.normalization;
        if (kind == normalization::none) return x;
        const double n = static_cast<double>(x.size());
        double mean = 0;
        for (const double v : x) mean += v / n;
        const bool centred = kind == normalization::layer_norm || kind == normalization::layer_norm_folded;
        if (centred)
            for (double& v : x) v -= mean;
        double square = 0;
        for (const double v : x) square += v * v / n;
        for (std::size_t i = 0; i < x.size(); ++i) {
            x[i] /= std::sqrt(square + 1e-5);
            if (norm) x[i] *= static_cast<double>(norm->w[i]);
            if (norm && !norm->b.empty()) x[i] += static_cast<double>(norm->b[i]);
        }
        return x;
    }

    row_list attend(const row_list& read, std::size_t layer) const {
        const auto& a = weights_.blocks[layer].attention;
        row_list result(read.size(), stream_row(read.front().size(), 0.0));
        const auto queries = normalised(project_all(read, a.W_Q, a.b_Q), beyond_.query_gains, layer);
        const auto keys = normalised(project_all(read, a.W_K, a.b_K), beyond_.key_gains, layer);
        for (std::size_t h = 0; h < a.W_O.size(); ++h) {
            const std::size_t shared = h / (a.W_O.size() / a.W_V.size());
            const auto v = project(read, a.W_V[shared], a.b_V, shared);
            const bool is_seen = !beyond_.patterns.empty();
            const auto q = is_seen ? row_list{} : turned(queries[h], layer);
            const auto k = is_seen ? row_list{} : turned(keys[shared], layer);
            for (std::size_t p = 0; p < read.size(); ++p) {
                const auto mixed = is_seen ? weighted(v, beyond_.patterns[layer][h][p])
                                           : mix(q[p], k, v, p, number_of(beyond_.slopes, layer, h),
                                                 number_of(beyond_.sinks, layer, h));
                add(result[p], affine(mixed, a.W_O[h], std::vector<T>{}));
            }
        }
        if (!a.b_O.empty())
            for (auto& each : result)
                for (std::size_t i = 0; i < each.size(); ++i) each[i] += static_cast<double>(a.b_O[i]);
        return result;
    }

    static std::vector<row_list> project_all(const row_list& x,
                                             const std::vector<svdlens::basic_matrix<T>>& W,
                                             const std::vector<std::vector<T>>& biases) {
        std::vector<row_list> all;
        for (std::size_t h = 0; h < W.size(); ++h) all.push_back(project(x, W[h], biases, h));
        return all;
    }

    /// Behind an RMSNorm of each head, or of all heads in one, as the number of gains says.
    static std::vector<row_list> normalised(std::vector<row_list> heads, const std::vector<stream_row>& gains,
                                            std::size_t layer) {
        if (gains.empty() || gains[layer].empty()) return heads;
        const auto& gain = gains[layer];
        const std::size_t d = heads.front().front().size();
        const bool each_head = gain.size() == d;
        for (std::size_t p = 0; p < heads.front().size(); ++p)
            for (std::size_t first = 0; first < heads.size(); first += each_head ? 1 : heads.size()) {
                const std::size_t count = each_head ? 1 : heads.size();
                double square = 0;
                for (std::size_t h = first; h < first + count; ++h)
                    for (const double v : heads[h][p]) square += v * v / static_cast<double>(count * d);
                for (std::size_t h = first; h < first + count; ++h)
                    for (std::size_t i = 0; i < d; ++i)
                        heads[h][p][i] *= gain[(h - first) * d + i] / std::sqrt(square + 1e-5);
            }
        return heads;
    }

    static row_list project(const row_list& x, const svdlens::basic_matrix<T>& W,
                            const std::vector<std::vector<T>>& biases, std::size_t head) {
        row_list result;
        for (const auto& each : x)
            result.push_back(affine(each, W, biases.empty() ? std::vector<T>{} : biases[head]));
        return result;
    }

    /// Queries or keys turned by their positions, without scaling.
    row_list turned(row_list x, std::size_t layer) const {
        if (!weights_.rotary && beyond_.rotary.empty()) return x;
        const auto& rotary = beyond_.rotary.empty() ? *weights_.rotary : beyond_.rotary[layer];
        const std::size_t half = rotary.dimensions / 2;
        const bool neighbours = rotary.pairing == svdlens::rotary_pairing::interleaved;
        for (std::size_t p = 0; p < x.size(); ++p)
            for (std::size_t i = 0; i < half; ++i) {
                const double share = static_cast<double>(i) / static_cast<double>(half);
                const double angle = static_cast<double>(p) * std::pow(rotary.theta, -share);
                double& first = x[p][neighbours ? 2 * i : i];
                double& second = x[p][neighbours ? 2 * i + 1 : i + half];
                const double a = first, b = second;
                first = a * std::cos(angle) - b * std::sin(angle);
                second = b * std::cos(angle) + a * std::sin(angle);
            }
        return x;
    }

    /// The values of the positions that p sees, weighted by a softmax of q·k times the model's scale, else over
    /// sqrt(d_head).
    stream_row mix(const stream_row& q, const row_list& k, const row_list& v, std::size_t p,
                   const std::optional<double>& slope, const std::optional<double>& sink) const {
        const double usual = 1 / std::sqrt(static_cast<double>(q.size()));
        stream_row scores;
        for (std::size_t s = 0; s < (beyond_.causal ? p + 1 : k.size()); ++s) {
            double score = 0;
            for (std::size_t i = 0; i < q.size(); ++i) score += q[i] * k[s][i];
            const double fall = slope.value_or(0) * static_cast<double>(p - s);
            const double seen = score * weights_.attention_scale.value_or(usual) - fall;
            scores.push_back(beyond_.hidden.count(s) != 0 ? -std::numeric_limits<double>::infinity() : seen);
        }
        const double highest = *std::max_element(scores.begin(), scores.end());
        double total = 0;
        for (double& s : scores) total += s = std::exp(s - highest);
        if (sink) total += std::exp(*sink - highest);
        for (double& s : scores) s /= total;
        return weighted(v, scores);
    }

    static std::optional<double> number_of(const std::vector<stream_row>& by_layer, std::size_t layer,
                                           std::size_t head) {
        if (by_layer.empty()) return std::nullopt;
        return by_layer[layer][head];
    }

    /// The sum of the first values times weights.
    static stream_row weighted(const row_list& v, const stream_row& weights) {
        stream_row result(v.front().size(), 0.0);
        for (std::size_t s = 0; s < weights.size(); ++s)
            for (std::size_t i = 0; i < result.size(); ++i) result[i] += weights[s] * v[s][i];
        return result;
    }

    /// What a token's experts write together.
    stream_row consult(const stream_row& x, const svdlens::basic_mixture<T>& mixture,
                       std::size_t layer) const {
        const auto weights = route(beyond_.routing, affine(x, mixture.W_router, mixture.b_router), layer);
        stream_row result(x.size(), 0.0);
        for (std::size_t e = 0; e < weights.size(); ++e) {
            if (weights[e] == 0) continue;
            stream_row read = x;
            if (beyond_.routing.scales_input)
                for (double& each : read) each *= weights[e];
            stream_row written = ask(read, mixture, e);
            if (!beyond_.routing.scales_input)
                for (double& each : written) each *= weights[e];
            add(result, written);
        }
        if (!mixture.shared) return result;
        stream_row written = think(x, *mixture.shared);
        if (mixture.W_shared_router.columns() != 0) {
            const double logit = affine(x, mixture.W_shared_router, mixture.b_shared_router)[0];
            for (double& each : written) each /= 1 + std::exp(-logit);
        }
        add(result, written);
        return result;
    }

    /// One expert.
    stream_row ask(const stream_row& x, const svdlens::basic_mixture<T>& mixture, std::size_t expert) const {
        const auto& all = mixture.experts;
        const std::size_t n = mixture.d_expert(), first = expert * n;
        const auto own = [&](const std::vector<T>& bias) {
            if (bias.empty()) return bias;
            const auto at = bias.begin() + static_cast<std::ptrdiff_t>(first);
            return std::vector<T>(at, at + static_cast<std::ptrdiff_t>(n));
        };
        const std::vector<T> none;
        const svdlens::basic_mlp<T> mlp{all.W_in.column_range(first, n),
                                        all.W_gate.column_range(first, n),
                                        all.W_out.row_range(first, n),
                                        own(all.b_in),
                                        own(all.b_gate),
                                        none,
                                        mixture.b_out.empty() ? none : mixture.b_out[expert]};
        if (!beyond_.routing.oss) return think(x, mlp);
        stream_row inner = affine(x, mlp.W_in, mlp.b_in);
        const stream_row gate = affine(x, mlp.W_gate, mlp.b_gate);
        for (std::size_t i = 0; i < inner.size(); ++i) {
            const double g = std::min(gate[i], 7.0);
            inner[i] = (std::clamp(inner[i], -7.0, 7.0) + 1) * g / (1 + std::exp(-1.702 * g));
        }
        return affine(inner, mlp.W_out, mlp.b_out);
    }

    stream_row think(const stream_row& x, const svdlens::basic_mlp<T>& mlp) const {
        stream_row inner = affine(x, mlp.W_in, mlp.b_in);
        if (mlp.gated()) {
            const stream_row gate = affine(x, mlp.W_gate, mlp.b_gate);
            for (std::size_t n = 0; n < inner.size(); ++n) inner[n] *= activate(activation_, gate[n]);
        } else {
            for (double& each : inner) each = activate(activation_, each);
        }
        if (!mlp.b_post.empty())
            for (std::size_t n = 0; n < inner.size(); ++n) inner[n] += static_cast<double>(mlp.b_post[n]);
        return affine(inner, mlp.W_out, mlp.b_out);
    }

    stream_row predict(const stream_row& x) const {
        stream_row result;
        if (weights_.W_U.columns() != 0) result = affine(x, weights_.W_U, weights_.b_U);
        for (const auto& extra : weights_.extras) {
            if (extra.flow != svdlens::flow::reads) continue;
            const stream_row more = affine(x, extra.vectors.transposed(), extra.bias);
            result.insert(result.end(), more.begin(), more.end());
        }
        return result.empty() ? x : result;
    }

    const svdlens::basic_transformer_weights<T>& weights_;
    activation activation_;
    beyond_weights beyond_;
};

template <class T>
row_list run_naively(const svdlens::basic_transformer_weights<T>& weights,
                     const std::vector<std::size_t>& tokens, activation kind) {
    return naive_transformer<T>(weights, kind).run(tokens);
}

/// Each row less the logarithm of the sum of its exponentials.
inline row_list log_softmax(row_list logits) {
    for (auto& each : logits) {
        const double highest = *std::max_element(each.begin(), each.end());
        double total = 0;
        for (const double logit : each) total += std::exp(logit - highest);
        for (double& logit : each) logit -= highest + std::log(total);
    }
    return logits;
}

/// The largest difference over the largest magnitude.
inline double relative_difference(const row_list& a, const row_list& b) {
    double difference = 0, magnitude = 0;
    for (std::size_t p = 0; p < a.size(); ++p)
        for (std::size_t i = 0; i < a[p].size(); ++i) {
            difference = std::max(difference, std::abs(a[p][i] - b[p][i]));
            magnitude = std::max(magnitude, std::abs(a[p][i]));
        }
    return difference / magnitude;
}

/// By how much what a model predicts for a few tokens changes, over the largest prediction.
template <class T>
double output_change(const svdlens::basic_transformer_weights<T>& before,
                     const svdlens::basic_transformer_weights<T>& after, activation kind = activation::silu) {
    const std::vector<std::size_t> tokens = {3, 1, 8, 0, 5, 2};
    return relative_difference(run_naively(before, tokens, kind), run_naively(after, tokens, kind));
}

} // namespace svdlens_tests

#endif
