/// @file
/// A compiled program's forward pass, its norms' sizes, and how often it answers right.
#ifndef SVDLENS_EXAMPLES_PROGRAM_RUN_HPP
#define SVDLENS_EXAMPLES_PROGRAM_RUN_HPP

#include <Eigen/Core>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "program_weights.hpp"

namespace planted::compiler {

/// What each norm multiplies a stream of unit rms by: two a layer, and the last.
using norm_sizes = std::vector<double>;

namespace detail {

/// Runs all questions of a batch layer by layer: a position a row. Norms that have no size yet take the batch's
/// mean, so that what is read has the amplitude that it was written with.
class runner {
  public:
    runner(const compiled_program& program, norm_sizes& sizes) :
        w_(program.weights), form_(program.made_with.form), sizes_(sizes) {}

    /// The logits of each last position.
    matrix run(const std::vector<question>& batch) {
        norms_ = 0;
        std::vector<matrix> streams;
        for (const auto& each : batch) streams.push_back(start(each.tokens));
        for (const auto& layer : w_.layers) {
            add(streams, normalised(streams), [&](const matrix& x) { return attended(x, layer); });
            add(streams, normalised(streams), [&](const matrix& x) { return thought(x, layer); });
        }
        const auto last = normalised(streams);
        matrix logits(at(batch.size()), at(d_vocab));
        for (std::size_t k = 0; k < batch.size(); ++k) logits.row(at(k)) = last[k].bottomRows(1) * w_.unembed;
        return logits;
    }

  private:
    template <class Step>
    static void add(std::vector<matrix>& streams, const std::vector<matrix>& read, Step step) {
        for (std::size_t k = 0; k < streams.size(); ++k) streams[k] += step(read[k]);
    }

    matrix start(const std::vector<std::size_t>& tokens) const {
        matrix x(at(tokens.size()), at(d_model));
        for (std::size_t p = 0; p < tokens.size(); ++p) {
            x.row(at(p)) = w_.embed.row(at(tokens[p]));
            if (w_.positions.rows() != 0) x.row(at(p)) += w_.positions.row(at(p));
        }
        return x;
    }

    std::vector<matrix> normalised(std::vector<matrix> streams) {
        if (form_ == form::plain) return streams;
        double sum = 0;
        std::size_t count = 0;
        for (auto& x : streams)
            for (index p = 0; p < x.rows(); ++p) {
                if (form_ == form::layer_norm) x.row(p).array() -= x.row(p).mean();
                const double size = std::sqrt(x.row(p).squaredNorm() / static_cast<double>(d_model));
                x.row(p) /= size;
                if (p + 1 < x.rows()) continue;
                sum += size; // where answers are read
                ++count;
            }
        const std::size_t k = norms_++;
        // A few bits only: the same everywhere, however sums are rounded.
        if (k == sizes_.size()) sizes_.push_back(std::round(sum / static_cast<double>(count) * 256) / 256);
        for (auto& x : streams) x *= sizes_[k];
        return streams;
    }

    /// Pairs half a head apart, turned by their positions.
    static void turn(matrix& x) {
        const std::size_t half = d_head / 2;
        for (index p = 0; p < x.rows(); ++p)
            for (std::size_t i = 0; i < half; ++i) {
                const double angle =
                    static_cast<double>(p) *
                    std::pow(rotary_base, -static_cast<double>(i) / static_cast<double>(half));
                const double a = x(p, at(i)), b = x(p, at(i + half));
                x(p, at(i)) = a * std::cos(angle) - b * std::sin(angle);
                x(p, at(i + half)) = b * std::cos(angle) + a * std::sin(angle);
            }
    }

    matrix attended(const matrix& x, const layer_weights& layer) const {
        matrix result = matrix::Zero(x.rows(), x.cols());
        const std::size_t in_group = layer.heads.size() / layer.groups.size();
        for (std::size_t h = 0; h < layer.heads.size(); ++h) {
            const auto& head = layer.heads[h];
            const auto& group = layer.groups[h / in_group];
            matrix q = (x * head.W_Q).rowwise() + head.b_Q.transpose();
            matrix k = (x * group.W_K).rowwise() + group.b_K.transpose();
            if (form_ == form::rms_norm) {
                turn(q);
                turn(k);
            }
            matrix scores = q * k.transpose() / std::sqrt(static_cast<double>(d_head));
            for (index p = 0; p < scores.rows(); ++p) {
                auto seen = scores.row(p).head(p + 1);
                seen = (seen.array() - seen.maxCoeff()).exp().matrix().eval();
                seen /= seen.sum();
                scores.row(p).tail(scores.cols() - p - 1).setZero();
            }
            result += scores * (x * group.W_V) * head.W_O;
        }
        return result;
    }

    matrix thought(const matrix& x, const layer_weights& layer) const {
        matrix inner = x * layer.W_in;
        if (layer.W_gate.size() == 0)
            return (inner.rowwise() + layer.b.transpose()).cwiseMax(0.0) * layer.W_out;
        const matrix gate = (x * layer.W_gate).rowwise() + layer.b.transpose();
        inner.rowwise() += layer.b_in.transpose();
        return (inner.array() * gate.array() / (1 + (-gate.array()).exp())).matrix() * layer.W_out;
    }

    const effective_weights& w_;
    form form_;
    norm_sizes& sizes_;
    std::size_t norms_ = 0;
};

} // namespace detail

/// Questions of a program: the same for the same seed.
inline std::vector<question> ask(const listing& source, std::size_t count, std::uint64_t seed) {
    counter_random random(seed ^ 0x5155455354494f4eULL); // another stream than the weights'
    std::vector<question> all;
    for (std::size_t k = 0; k < count; ++k) all.push_back(source.ask(random));
    return all;
}

/// The sizes of norms at which the program's stream keeps its scale. Empty for a form without norms.
inline norm_sizes calibrate(const compiled_program& program) {
    norm_sizes sizes;
    detail::runner(program, sizes).run(ask(program.source, 32, 1));
    return sizes;
}

/// A choice, among the tokens that the program uses: the share of right ones. A test: the area under the curve. `logits(i, token)` answers question i.
template <class Logits>
double share_right(const listing& source, const std::vector<question>& asked, const Logits& logits) {
    if (source.kind == answer_kind::choice) {
        double right = 0;
        for (std::size_t k = 0; k < asked.size(); ++k) {
            bool is_largest = true;
            for (std::size_t t = 0; t < source.tokens; ++t)
                is_largest = is_largest && (t == asked[k].right || logits(k, t) < logits(k, asked[k].right));
            right += is_largest ? 1 : 0;
        }
        return right / static_cast<double>(asked.size());
    }
    double pairs = 0, won = 0;
    for (std::size_t i = 0; i < asked.size(); ++i)
        for (std::size_t j = 0; j < asked.size(); ++j) {
            if (!asked[i].is_positive || asked[j].is_positive) continue;
            const double a = logits(i, asked[i].right) - logits(i, asked[i].wrong);
            const double b = logits(j, asked[j].right) - logits(j, asked[j].wrong);
            pairs += 1;
            won += a > b ? 1 : a == b ? 0.5 : 0;
        }
    return pairs == 0 ? 0 : won / pairs;
}

/// How often the program answers right, of questions that its norms were not sized with.
inline double accuracy(const compiled_program& program, norm_sizes sizes, std::size_t count = 600) {
    const auto asked = ask(program.source, count, 2);
    const matrix logits = detail::runner(program, sizes).run(asked);
    return share_right(program.source, asked,
                       [&](std::size_t k, std::size_t t) { return logits(detail::at(k), detail::at(t)); });
}

} // namespace planted::compiler

#endif
