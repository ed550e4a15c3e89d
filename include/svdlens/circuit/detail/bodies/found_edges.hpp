/// @file
/// The bodies of circuit/found_edges.hpp.
#ifndef SVDLENS_CIRCUIT_DETAIL_BODIES_FOUND_EDGES_HPP
#define SVDLENS_CIRCUIT_DETAIL_BODIES_FOUND_EDGES_HPP

#include <algorithm>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <numbers>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "../../../core/detail/without_progress.hpp"
#include "../../../core/error.hpp"
#include "../../../core/execution.hpp"
#include "../../../core/text.hpp"
#include "../../../directions/dead_parts.hpp"
#include "../../../directions/singular_directions.hpp"
#include "../../../directions/vector_set.hpp"
#include "../../../model/token_axis.hpp"
#include "../../../model/transformer_weights.hpp"
#include "../../../projection/projection.hpp"
#include "../../../significance/discoveries.hpp"
#include "../../../significance/log_p.hpp"
#include "../../edge_tables.hpp"
#include "../../found_edges.hpp"
#include "../../head_sides.hpp"
#include "../input_sets.hpp"

namespace svdlens::inline v0_2 {

template <std::floating_point T>
double basic_found_family<T>::log10_p(const score_parts& parts) const {
    return log_p(parts.share.value_or(parts.centered_cosine), found.dimension) / std::numbers::ln10;
}

template <std::floating_point T>
std::uint64_t basic_found_edges<T>::count() const {
    std::uint64_t sum = 0;
    for (const auto& each : families) sum += each.found.size();
    return sum;
}

template <std::floating_point T>
std::uint64_t basic_found_edges<T>::tested() const {
    std::uint64_t sum = 0;
    for (const auto& each : families) sum += each.found.tested;
    return sum;
}

template <std::floating_point T>
const basic_found_family<T>* basic_found_edges<T>::of(std::string_view name) const {
    const auto at = std::find_if(families.begin(), families.end(),
                                 [&](const auto& family) { return family.name() == name; });
    return at == families.end() ? nullptr : &*at;
}

namespace detail {

/// The score that a null is about.
inline score_kind tested_score(null_model null) {
    return null == null_model::share ? score_kind::share : score_kind::centered_cosine;
}

/// Makes the tables that are tested.
template <std::floating_point T>
class edge_test_maker {
  public:
    edge_test_maker(const basic_transformer_weights<T>& weights, const basic_head_sides<T>& heads,
                    const edge_test_options& options, const execution& run) :
        weights_(weights),
        heads_(heads), writing_(without_dead_parts(heads.writing, run)),
        reading_(without_dead_parts(heads.reading, run)), options_(options), run_(run) {}

    std::vector<basic_edge_test<T>> make() && {
        for (const auto& each : weights_.mlp_readers())
            tests_.push_back({{against(writing_, without_dead_parts(each, run_)), "target"}});
        if (weights_.has_unembed()) add_unembed();
        if (weights_.has_embed()) add_embed();
        if (weights_.sizes.n_layers > 1)
            tests_.push_back({{against(writing_, reading_, {.title = "ov_to_ov_v"}), "target"}});
        add_neurons();
        return std::move(tests_);
    }

  private:
    basic_projection<T> against(const basic_vector_set<T>& directions, const basic_vector_set<T>& targets,
                                projection_options options = {}) const {
        return project(directions, targets, std::move(options), run_);
    }

    void add_unembed() {
        const auto targets = without_dead_parts(named_tokens(weights_.unembed(), options_.tokens), run_);
        tests_.push_back({{against(writing_, targets), "target"},
                          against(reading_, targets, {.rows = projected_rows::wrong_side})});
    }

    /// What values, queries and keys read of inputs; beside it what heads write, in the readers' space.
    void add_embed() {
        const auto embed = without_dead_parts(named_tokens(weights_.embed(), options_.tokens), run_);
        const auto only = only_features(embed, options_.features);
        const auto targets = normalized(embed);
        const auto add = [&](const basic_vector_set<T>& readers) {
            auto seen = writing_;
            seen.centered = readers.centered;
            tests_.push_back({{against(readers, targets, {.only = only}), "source"},
                              against(seen, targets, {.only = only, .rows = projected_rows::wrong_side})});
        };
        add(reading_);
        for (const auto* side : {&heads_.query, &heads_.key})
            if (*side) add(without_dead_parts(**side, run_));
    }

    /// What neurons write to outputs; beside it what they read.
    void add_neurons() {
        const edge_table_options asked{.tokens = options_.tokens,
                                       .most_neuron_rows = options_.most_neuron_rows};
        for (auto& table : tables_of_neurons(weights_, asked, run_)) {
            if (!table.left_out.empty()) {
                tests_.push_back({std::move(table)});
                continue;
            }
            const auto writers = without_dead_parts(table.scores.directions(), run_);
            const auto targets = without_dead_parts(table.scores.targets(), run_);
            basic_edge_test<T> test{{against(writers, targets), "target"}};
            if (const auto readers = readers_of(writers.name))
                test.wrong_side = against(without_dead_parts(*readers, run_), targets,
                                          {.rows = projected_rows::wrong_side});
            tests_.push_back(std::move(test));
        }
    }

    /// What the neurons that write `mlp_out` read: `mlp_in`.
    std::optional<basic_vector_set<T>> readers_of(const std::string& writers) const {
        const auto name = writers.substr(0, writers.rfind('_')) + "_in";
        for (auto& each : weights_.mlp_readers())
            if (each.name == name) return each;
        return std::nullopt;
    }

    const basic_transformer_weights<T>& weights_;
    const basic_head_sides<T>& heads_;
    basic_vector_set<T> writing_;
    basic_vector_set<T> reading_;
    const edge_test_options& options_;
    const execution& run_;
    std::vector<basic_edge_test<T>> tests_;
};

/// Why scores have no such kind, or nothing: `with_score` refuses shares of too few directions, and nothing else.
template <std::floating_point T>
std::string refusal(const basic_projection<T>& scores, score_kind kind, const execution& run) {
    try {
        (void)scores.with_score(kind, run);
    } catch (const argument_error& reason) {
        return reason.what();
    }
    return {};
}

inline void require_rate(double q) {
    if (!(q > 0 && q < 1))
        throw argument_error(errc::invalid_argument,
                             "find_edges: expected q between 0 and 1, found " + to_text(q));
}

/// Tests one table of several, in its part of the progress; says so where it cannot be tested.
template <std::floating_point T>
void test_one(basic_found_edges<T>& result, basic_edge_test<T> of, const edge_test_options& options,
              const execution& run) {
    if (const auto reason = untestable(of, options, without_progress(run)); !reason.empty())
        result.left_out.push_back(of.table.name() + ": not tested for chance: " + reason);
    else
        result.families.push_back(test_edges(std::move(of), options, run));
}

} // namespace detail

template <std::floating_point T>
std::vector<basic_edge_test<T>> edges_to_test(const basic_transformer_weights<T>& weights,
                                              const basic_head_sides<T>& heads,
                                              const edge_test_options& options, const execution& run) {
    auto tests = detail::edge_test_maker<T>(weights, heads, options, run).make();
    const edge_table_options tables{.features = options.features, .tokens = options.tokens};
    for (auto& each : tables_of_vectors(weights, heads, tables, run)) tests.push_back({std::move(each)});
    std::erase_if(tests, [](const auto& each) { return each.table.scores.max_rows() == 0; });
    return tests;
}

template <std::floating_point T>
std::string untestable(const basic_edge_test<T>& of, const edge_test_options& options, const execution& run) {
    if (!of.table.left_out.empty()) return of.table.left_out;
    return detail::refusal(of.table.scores, detail::tested_score(options.null), run);
}

template <std::floating_point T>
basic_found_family<T> test_edges(basic_edge_test<T> of, const edge_test_options& options,
                                 const execution& run) {
    const discovery_options asked{.q = options.q, .null = options.null};
    const auto kind = detail::tested_score(options.null);
    auto scores = of.table.scores.with_score(kind, run);
    auto found = discoveries(scores, asked, run);
    if (!found.control && of.wrong_side && detail::refusal(*of.wrong_side, kind, run).empty())
        found.control = control_of(found, *of.wrong_side, asked, run);
    basic_found_family<T> result{{std::move(scores), std::move(of.table.far_end)}, std::move(found)};
    const auto q = result.found.rows.values("q");
    for (std::size_t k = 0; k < result.found.size(); ++k) result.q_of[result.found.rows.rows()[k]] = q[k];
    return result;
}

template <std::floating_point T>
basic_found_edges<T> find_edges(const basic_transformer_weights<T>& weights,
                                const basic_singular_directions<T>& ov, const edge_test_options& options,
                                const execution& run) {
    detail::require_rate(options.q);
    const execution quietly = detail::without_progress(run);
    return find_edges(weights, sides_of_heads(weights, ov, options.rotary_offset, quietly), options, run);
}

template <std::floating_point T>
basic_found_edges<T> find_edges(const basic_transformer_weights<T>& weights, const basic_head_sides<T>& heads,
                                const edge_test_options& options, const execution& run) {
    detail::require_rate(options.q);
    basic_found_edges<T> result{options.q, options.null};
    if (weights.has_embed() && !heads.left_out.empty())
        result.left_out.push_back("embed_to_qk: not tested for chance: " + heads.left_out);
    const execution quietly = detail::without_progress(run);
    auto tests = edges_to_test(weights, heads, options, quietly);
    double total = 0, done = 0;
    for (const auto& each : tests) total += static_cast<double>(each.table.scores.max_rows());
    for (auto& each : tests) {
        const double begin = done / total;
        done += static_cast<double>(each.table.scores.max_rows());
        detail::test_one(result, std::move(each), options, part_of(run, begin, done / total));
    }
    return result;
}

template <std::floating_point T>
std::vector<basic_found_row<T>> most_significant(const basic_found_edges<T>& found, std::size_t most) {
    std::vector<basic_found_row<T>> rows;
    for (const auto& each : found.families) {
        const auto log10_p = each.found.rows.values("log10_p");
        for (std::size_t k = 0; k < (std::min)(most, each.found.size()); ++k) {
            const double weight =
                each.table.scores.weight(each.found.rows.rows()[k]) / each.found.mean_weight;
            rows.push_back({&each, k, log10_p[k] - std::log10(weight)});
        }
    }
    const auto before = [](const auto& a, const auto& b) {
        return a.log10_p_over_weight < b.log10_p_over_weight;
    };
    std::stable_sort(rows.begin(), rows.end(), before);
    rows.resize((std::min)(most, rows.size()));
    return rows;
}

template <std::floating_point T>
std::unordered_map<std::string, head_findings> findings_of_heads(const basic_found_edges<T>& found) {
    std::unordered_map<std::string, head_findings> heads;
    for (const auto& each : found.families) {
        if (!each.table.is_of_heads()) continue;
        const auto& axes = each.found.rows.axes();
        const bool reads = each.table.far_end == "source";
        const bool by_query = each.near_end().ends_with("_query"), by_key = each.near_end().ends_with("_key");
        const std::uint64_t doubtful = each.found.doubtful() ? 1 : 0;
        const bool has_reading_head = axes.find_axis("target_head").has_value();
        for (const auto row : each.found.rows.rows()) {
            auto& of = heads[axes.label(row, "head")];
            ++(reads ? of.in : of.out);
            of.query += by_query ? 1U : 0U;
            of.key += by_key ? 1U : 0U;
            of.doubtful += doubtful;
            if (!has_reading_head) continue;
            ++of.feeds;
            auto& reader = heads[axes.label(row, "target_head")];
            ++reader.in;
            ++reader.fed_by;
            reader.doubtful += doubtful;
        }
    }
    return heads;
}

#ifdef SVDLENS_COMPILED
template struct basic_found_family<float>;
template struct basic_found_family<double>;
template struct basic_found_edges<float>;
template struct basic_found_edges<double>;
template std::vector<basic_edge_test<float>> edges_to_test(const basic_transformer_weights<float>& weights,
                                                           const basic_head_sides<float>& heads,
                                                           const edge_test_options& options,
                                                           const execution& run);
template std::vector<basic_edge_test<double>> edges_to_test(const basic_transformer_weights<double>& weights,
                                                            const basic_head_sides<double>& heads,
                                                            const edge_test_options& options,
                                                            const execution& run);
template std::string untestable(const basic_edge_test<float>& of, const edge_test_options& options,
                                const execution& run);
template std::string untestable(const basic_edge_test<double>& of, const edge_test_options& options,
                                const execution& run);
template basic_found_family<float> test_edges(basic_edge_test<float> of, const edge_test_options& options,
                                              const execution& run);
template basic_found_family<double> test_edges(basic_edge_test<double> of, const edge_test_options& options,
                                               const execution& run);
template basic_found_edges<float> find_edges(const basic_transformer_weights<float>& weights,
                                             const basic_singular_directions<float>& ov,
                                             const edge_test_options& options, const execution& run);
template basic_found_edges<double> find_edges(const basic_transformer_weights<double>& weights,
                                              const basic_singular_directions<double>& ov,
                                              const edge_test_options& options, const execution& run);
template basic_found_edges<float> find_edges(const basic_transformer_weights<float>& weights,
                                             const basic_head_sides<float>& heads,
                                             const edge_test_options& options, const execution& run);
template basic_found_edges<double> find_edges(const basic_transformer_weights<double>& weights,
                                              const basic_head_sides<double>& heads,
                                              const edge_test_options& options, const execution& run);
template std::vector<basic_found_row<float>> most_significant(const basic_found_edges<float>& found,
                                                              std::size_t most);
template std::vector<basic_found_row<double>> most_significant(const basic_found_edges<double>& found,
                                                               std::size_t most);
template std::unordered_map<std::string, head_findings>
findings_of_heads(const basic_found_edges<float>& found);
template std::unordered_map<std::string, head_findings>
findings_of_heads(const basic_found_edges<double>& found);
#endif

} // namespace svdlens::inline v0_2

#endif
