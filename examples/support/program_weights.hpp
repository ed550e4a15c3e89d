/// @file
/// A listing as weights: coordinates become directions of the residual stream, turned at random, and stand among
/// noise, among heads and neurons of the same spectra that are wired to nothing, and among dead heads.
#ifndef SVDLENS_EXAMPLES_PROGRAM_WEIGHTS_HPP
#define SVDLENS_EXAMPLES_PROGRAM_WEIGHTS_HPP

#include <Eigen/Core>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include "counter_random.hpp"
#include "program_listings.hpp"

namespace planted::compiler {

using matrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using vector = Eigen::VectorXd;

inline constexpr std::size_t n_layers = 3;
inline constexpr std::size_t n_heads = 4;
inline constexpr std::size_t d_model = 192;
inline constexpr std::size_t d_head = 32;
inline constexpr std::size_t d_mlp = 96;
inline constexpr std::size_t d_vocab = 48;
inline constexpr std::size_t n_context = 16;
inline constexpr double rotary_base = 1e6;
inline constexpr std::size_t turning_pairs =
    4; ///< of a rotary head: they know where a position is; the others what
inline constexpr double never =
    100; ///< a threshold that no stream reaches: of neurons that are wired to nothing
inline constexpr double gate_strength = 8; ///< of SwiGLU: x · sigmoid(8 x) is nearly ReLU

/// A few coordinates of the stored residual stream that are larger than the others.
struct outliers {
    std::size_t count = 0;
    double size = 4;
    bool in_noise_only = false; ///< else signal and noise are scaled alike
};

struct options {
    std::string program = "induction";
    compiler::form form = form::plain;
    std::uint64_t seed = 0;
    compiler::spectra spectra = spectra::graded;
    compiler::outliers outliers = {};
    double noise = 0.3;      ///< rms of a matrix's noise over that of its signal
    std::string broken = {}; ///< a part that is turned by a rotation of its own
};

inline std::size_t n_groups(form kind) { return kind == form::grouped ? n_heads / 2 : n_heads; }

struct head_weights {
    matrix W_Q, W_O; // d_model x d_head, d_head x d_model
    vector b_Q;
};
struct group_weights {
    matrix W_K, W_V; // d_model x d_head
    vector b_K;
};

/// Gated where W_gate has entries; `b` is then of the gate, and `b_in` of the input.
struct layer_weights {
    std::vector<head_weights> heads;
    std::vector<group_weights> groups;
    matrix W_in, W_gate, W_out; // d_model x d_mlp twice, d_mlp x d_model
    vector b, b_in;
};

/// Where a listing's parts came to stand.
struct placement {
    struct place {
        std::size_t layer, head, group;
    };
    std::vector<place> heads;         ///< of `listing::heads`
    std::vector<std::size_t> neurons; ///< of `listing::neurons`: the number in its layer
};

/// In effective space: what stands behind norms, before gains are folded out.
struct effective_weights {
    std::vector<layer_weights> layers;
    matrix embed;     // d_vocab x d_model
    matrix positions; // n_context x d_model, or empty
    matrix unembed;   // d_model x d_vocab
};

struct compiled_program {
    options made_with;
    listing source;
    placement places;
    matrix basis; ///< a coordinate a row: unit vectors
    effective_weights weights;
};

namespace detail {

using index = Eigen::Index;
inline index at(std::size_t k) { return static_cast<index>(k); }

inline matrix normal(counter_random& random, std::size_t rows, std::size_t columns) {
    return matrix::NullaryExpr(at(rows), at(columns), [&](index, index) { return random.normal(); });
}

/// Orthonormal rows, orthogonal to (1, ..., 1) where they are to be centred.
inline matrix orthonormal(counter_random& random, std::size_t rows, std::size_t columns, bool is_centred) {
    matrix q = normal(random, rows, columns);
    for (index i = 0; i < q.rows(); ++i)
        for (int round = 0; round < 2; ++round) { // twice: the second round removes what rounding left
            if (is_centred) q.row(i).array() -= q.row(i).mean();
            for (index j = 0; j < i; ++j) q.row(i) -= q.row(i).dot(q.row(j)) * q.row(j);
            q.row(i).normalize();
        }
    return q;
}

/// The residual stream's directions: those of coordinates, those of a broken part, fresh ones, noise.
class stream {
  public:
    stream(counter_random& random, std::size_t coordinates, const options& o) :
        random_(random), is_centred_(o.form == form::layer_norm), scale_(vector::Ones(at(d_model))),
        noise_scale_(scale_) {
        basis = orthonormal(random, coordinates, d_model, is_centred_);
        broken = orthonormal(random, coordinates, d_model, is_centred_);
        for (const auto k : draw_different(random, o.outliers.count, d_model)) {
            noise_scale_(at(k)) = o.outliers.size;
            if (!o.outliers.in_noise_only) scale_(at(k)) = o.outliers.size;
        }
        noise_scale_ /= std::sqrt(noise_scale_.squaredNorm() / static_cast<double>(d_model));
        shape(basis);
        shape(broken);
    }

    /// Random unit vectors, made as the coordinates' are.
    matrix fresh(std::size_t count) {
        matrix q = normal(random_, count, d_model);
        shape(q);
        return q;
    }

    /// Noise of some rms, a stream vector a row.
    matrix noise(std::size_t rows, double rms) {
        return rms * normal(random_, rows, d_model) * noise_scale_.asDiagonal();
    }

    matrix basis;
    matrix broken;

  private:
    void shape(matrix& rows) const {
        rows = rows * scale_.asDiagonal();
        for (index i = 0; i < rows.rows(); ++i) {
            if (is_centred_) rows.row(i).array() -= rows.row(i).mean();
            rows.row(i).normalize();
        }
    }

    counter_random& random_;
    bool is_centred_;
    vector scale_, noise_scale_;
};

inline double rms(const matrix& m) {
    return m.size() == 0 ? 0 : std::sqrt(m.squaredNorm() / static_cast<double>(m.size()));
}

/// Makes a program's weights. Matrices are made with a stream vector a row and turned in the end.
class assembler {
  public:
    explicit assembler(const options& o) :
        random_(o.seed), o_(o), source_(program_listing(o.program, o.form, o.spectra)),
        stream_(random_, source_.coordinates.size(), o), places_(place_parts()) {}

    compiled_program make() {
        effective_weights w;
        make_ends(w);
        first_ = w.embed.row(0);
        if (w.positions.rows() != 0) first_ += w.positions.row(0);
        if (o_.form == form::layer_norm) first_.array() -= first_.mean();
        first_.normalize();
        for (std::size_t l = 0; l < n_layers; ++l) {
            w.layers.emplace_back();
            make_heads(l, w.layers.back());
            make_neurons(l, w.layers.back());
        }
        return {o_, source_, places_, stream_.basis, std::move(w)};
    }

  private:
    bool is_gated() const { return o_.form == form::rms_norm; }

    placement place_parts() {
        placement places;
        const std::size_t groups = n_groups(o_.form), in_group = n_heads / groups;
        std::vector<std::vector<std::size_t>> order, inner;
        for (std::size_t l = 0; l < n_layers; ++l) {
            order.push_back(draw_different(random_, groups, groups));
            inner.push_back({random_.below(in_group), random_.below(in_group)});
        }
        for (const auto& each : source_.heads) {
            const std::size_t group = order[each.layer][each.slot];
            places.heads.push_back({each.layer, group * in_group + inner[each.layer][each.slot], group});
        }
        for (std::size_t l = 0; l < n_layers; ++l) free_.push_back(draw_different(random_, d_mlp, d_mlp));
        std::vector<std::size_t> used(n_layers, 0);
        for (const auto& each : source_.neurons)
            places.neurons.push_back(free_[each.layer][used[each.layer]++]);
        return places;
    }

    Eigen::RowVectorXd vector_of(const pattern& p, const std::string& part) const {
        const matrix& basis = !part.empty() && part == o_.broken ? stream_.broken : stream_.basis;
        Eigen::RowVectorXd v = Eigen::RowVectorXd::Zero(at(d_model));
        for (const auto& t : p) v += t.weight * basis.row(at(t.coordinate));
        return v;
    }

    struct attention_rows {
        matrix Q = zero(), K = zero(), V = zero(), O = zero(); // d_head x d_model: a stream vector a row
        vector b_Q = vector::Zero(at(d_head)), b_K = vector::Zero(at(d_head));
        vector sink = {};      // what a query asks for to attend to the first token
        matrix space = {};     // whose rows the copies go through
        const attention* like; // whose copies have these gains
        static matrix zero() { return matrix::Zero(at(d_head), at(d_model)); }
    };

    /// Orthonormal vectors of a head's own space. Those of a rotary head's matches stand in the pairs that hardly
    /// turn.
    matrix head_space(bool turns) {
        const std::size_t half = d_head / 2, skipped = turns ? turning_pairs + 1 : 0;
        const std::size_t size = d_head - 2 * skipped;
        const matrix inner = orthonormal(random_, size, size, false);
        if (!turns) return inner;
        matrix q = matrix::Zero(at(size), at(d_head));
        for (std::size_t i = 0; i < size / 2; ++i) {
            q.col(at(skipped + i)) = inner.col(at(i));
            q.col(at(half + skipped + i)) = inner.col(at(size / 2 + i));
        }
        return q;
    }

    attention_rows signal_of(const attention& head) {
        attention_rows rows{.space = head_space(false), .like = &head};
        const matrix match_space = head_space(is_gated());
        add_sink(rows, match_space);
        std::size_t k = 1;
        for (const auto& each : head.matches) {
            const double root = std::sqrt(std::abs(each.logit) * std::sqrt(static_cast<double>(d_head)));
            const vector p = match_space.row(at(k++)).transpose();
            if (each.query.empty())
                rows.b_Q += root * p;
            else
                rows.Q += root * p * vector_of(each.query, head.part);
            rows.K += (each.logit < 0 ? -root : root) * p * vector_of(each.key, head.part);
        }
        for (std::size_t i = 0; i < head.copies.size(); ++i) {
            const auto& each = head.copies[i];
            const double root = std::sqrt(each.gain);
            const vector p = rows.space.row(at(i)).transpose();
            rows.V += root * p * vector_of(each.from, head.part);
            rows.O += root * p * vector_of(each.to, head.part);
        }
        if (is_gated()) turn_to_positions(head, rows);
        return rows;
    }

    /// A rotary head finds positions by biases: cos((distance - offset) · frequency) of the pairs that turn fast.
    void turn_to_positions(const attention& head, attention_rows& rows) const {
        const auto add = [&](std::size_t pair, double logits, double angle) {
            const double root = std::sqrt(logits * std::sqrt(static_cast<double>(d_head)));
            rows.b_Q(at(pair)) += root;
            rows.b_K(at(pair)) += root * std::cos(angle);
            rows.b_K(at(pair + d_head / 2)) += root * std::sin(angle);
        };
        const auto frequency = [](std::size_t pair) {
            return std::pow(rotary_base, -2 * static_cast<double>(pair) / static_cast<double>(d_head));
        };
        if (head.offset)
            for (std::size_t pair = 0; pair < turning_pairs; ++pair)
                add(pair, 2 * least_match, static_cast<double>(*head.offset) * frequency(pair));
        if (head.early > 0) { // a sine's rising part, around the middle of the longest sequence
            constexpr std::size_t pair = 2;
            const double middle = static_cast<double>(source_.positions - 1) / 2;
            add(pair, head.early / frequency(pair), middle * frequency(pair) + std::acos(0.0));
        }
    }

    /// Every key meets the first token, by a coordinate that heads wired to nothing ask for: they attend there, where
    /// they read nothing, and disturb no program however much they would write.
    void add_sink(attention_rows& rows, const matrix& match_space) const {
        const double root = std::sqrt(least_match * std::sqrt(static_cast<double>(d_head)));
        rows.sink = root * match_space.row(0).transpose();
        rows.K += rows.sink * vector_of({{source_.first_token}}, "");
    }

    /// As many values as a head of the program has, wired to nothing.
    attention_rows distractor() {
        const auto& like = source_.heads[random_.below(source_.heads.size())];
        attention_rows rows{.space = head_space(false), .like = &like};
        add_sink(rows, head_space(is_gated()));
        rows.b_Q = rows.sink;
        rows.V = scattered(rows, &copy::from);
        rows.V -= rows.V * first_.transpose() * first_;
        rows.O = scattered(rows, &copy::to);
        return rows;
    }

    /// A side of a head's copies with fresh vectors in the place of what is copied.
    matrix scattered(const attention_rows& of, pattern copy::*side) {
        matrix rows = attention_rows::zero();
        const auto& copies = of.like->copies;
        const matrix vectors = stream_.fresh(copies.size());
        for (std::size_t i = 0; i < copies.size(); ++i)
            rows += std::sqrt(copies[i].gain) * pattern_length(copies[i].*side) *
                    of.space.row(at(i)).transpose() * vectors.row(at(i));
        return rows;
    }

    /// Noise for each matrix; what has no signal is all but zero.
    void blur(attention_rows& rows) {
        constexpr double nothing = 1e-5;
        for (matrix* each : {&rows.Q, &rows.K, &rows.V, &rows.O}) {
            const double size = rms(*each);
            *each += stream_.noise(d_head, size > 0 ? o_.noise * size : nothing);
        }
    }

    /// The layer's heads: the program's, distractors, and in layer 0 a dead one.
    void make_heads(std::size_t l, layer_weights& to) {
        const std::size_t groups = n_groups(o_.form), in_group = n_heads / groups;
        std::vector<const attention*> of_head(n_heads, nullptr), of_group(groups, nullptr);
        for (std::size_t k = 0; k < source_.heads.size(); ++k)
            if (places_.heads[k].layer == l)
                of_head[places_.heads[k].head] = of_group[places_.heads[k].group] = &source_.heads[k];
        bool is_dead_due = l == 0;
        for (std::size_t g = 0; g < groups; ++g) {
            auto shared = of_group[g] != nullptr ? signal_of(*of_group[g]) : distractor();
            const bool is_dead = of_group[g] == nullptr && std::exchange(is_dead_due, false);
            blur(shared);
            if (is_dead) shared.V *= 1e-3;
            to.groups.push_back({shared.K.transpose(), shared.V.transpose(), shared.b_K});
            for (std::size_t h = g * in_group; h < (g + 1) * in_group; ++h) {
                attention_rows own = shared;
                if (in_group > 1 && of_head[h] == nullptr) {
                    own = {.b_Q = shared.sink, .space = shared.space, .like = shared.like};
                    own.O = scattered(own, &copy::to);
                    blur(own);
                }
                if (is_dead) own.O *= 1e-3;
                to.heads.push_back({own.Q.transpose(), own.O, own.b_Q});
            }
        }
    }

    /// One neuron's vectors. Of a conjunction that is gated, the gate sees the first and the input the last thing
    /// read.
    struct neuron_rows {
        Eigen::RowVectorXd in, gate, out;
        double b, b_in;
    };

    neuron_rows rows_of(const neuron& n) const {
        const double length = pattern_length(n.reads);
        const auto writes = vector_of(n.writes, n.part);
        if (!is_gated())
            return {
                vector_of(n.reads, n.part) / length, {}, n.slope * length * writes, -n.threshold / length, 0};
        const Eigen::RowVectorXd none = Eigen::RowVectorXd::Zero(at(d_model));
        if (!n.is_conjunction) // the input is a bias of 1
            return {none, gate_strength / length * vector_of(n.reads, n.part),
                    n.slope * length / gate_strength * writes, -gate_strength * n.threshold / length, 1};
        const auto& first = n.reads.front();
        const auto& last = n.reads.back();
        const double one = source_.amplitude[first.coordinate], other = source_.amplitude[last.coordinate];
        const double opens_at = n.reads.size() > 1 ? open_at : 0.1;
        const double gate = gate_strength * one * (1 - opens_at), open = gate / (1 + std::exp(-gate)) * other;
        return {vector_of({last}, n.part), gate_strength * vector_of({first}, n.part), writes / open,
                -gate_strength * one * opens_at, 0};
    }

    static double pattern_length(const pattern& p) {
        double square = 0;
        for (const auto& t : p) square += t.weight * t.weight;
        return std::sqrt(square);
    }

    void make_neurons(std::size_t l, layer_weights& to) {
        const auto zero = [] { return matrix(matrix::Zero(at(d_mlp), at(d_model))); };
        matrix in = zero(), gate = zero(), out = zero();
        to.b = vector::Zero(at(d_mlp));
        to.b_in = vector::Zero(at(d_mlp));
        std::vector<const neuron*> of(d_mlp, nullptr);
        for (std::size_t k = 0; k < source_.neurons.size(); ++k)
            if (source_.neurons[k].layer == l) of[places_.neurons[k]] = &source_.neurons[k];
        const matrix from = stream_.fresh(d_mlp), gates = stream_.fresh(d_mlp), into = stream_.fresh(d_mlp);
        const double written = written_norm();
        for (std::size_t n = 0; n < d_mlp; ++n) {
            const auto rows = of[n] != nullptr
                                  ? rows_of(*of[n])
                                  : neuron_rows{from.row(at(n)), gate_strength * gates.row(at(n)),
                                                written * into.row(at(n)), -never, 0};
            in.row(at(n)) = rows.in;
            if (is_gated()) gate.row(at(n)) = rows.gate;
            out.row(at(n)) = rows.out;
            to.b(at(n)) = rows.b;
            to.b_in(at(n)) = rows.b_in;
        }
        for (matrix* each : {&in, &gate, &out})
            if (each != &gate || is_gated()) *each += stream_.noise(d_mlp, o_.noise * rms(*each));
        to.W_in = in.transpose();
        if (is_gated()) to.W_gate = gate.transpose();
        to.W_out = out;
    }

    /// The typical length of what the program's neurons write: that of those wired to nothing, too.
    double written_norm() const {
        double sum = 0;
        for (const auto& each : source_.neurons) sum += rows_of(each).out.norm();
        return source_.neurons.empty() ? 1 : sum / static_cast<double>(source_.neurons.size());
    }

    void make_ends(effective_weights& w) {
        w.embed = stream_.fresh(d_vocab);
        for (std::size_t t = 0; t < source_.tokens; ++t)
            w.embed.row(at(t)) = vector_of(
                {{source_.first_token + t, source_.amplitude[source_.first_token + t]}}, "embedding");
        w.embed += stream_.noise(d_vocab, o_.noise * rms(w.embed));
        if (o_.form != form::rms_norm) {
            w.positions = stream_.fresh(n_context);
            for (std::size_t p = 0; p < source_.positions; ++p)
                w.positions.row(at(p)) = vector_of({{source_.first_position + p}}, "positions");
            w.positions += stream_.noise(n_context, o_.noise * rms(w.positions));
        }
        matrix unembed = stream_.fresh(d_vocab);
        for (const auto& each : source_.outputs)
            unembed.row(at(each.token)) = vector_of(each.reads, "unembedding");
        unembed += stream_.noise(d_vocab, o_.noise * rms(unembed));
        w.unembed = unembed.transpose();
    }

    counter_random random_;
    options o_;
    listing source_;
    stream stream_;
    Eigen::RowVectorXd first_; // the stream's direction at the first position
    std::vector<std::vector<std::size_t>> free_;
    placement places_;
};

} // namespace detail

/// Makes a program's weights in effective space. The same options give the same weights everywhere.
/// @throws svdlens::argument_error for a program or part that there is not
inline compiled_program compile(const options& o) { return detail::assembler(o).make(); }

} // namespace planted::compiler

#endif
