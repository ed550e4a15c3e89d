/// @file
/// How much of a compiled program's channels an analysis of its file finds, class by class, and how much else.
#ifndef SVDLENS_TESTS_SIGNIFICANCE_PROGRAM_RECOVERY_HPP
#define SVDLENS_TESTS_SIGNIFICANCE_PROGRAM_RECOVERY_HPP

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "program_file.hpp"
#include "svdlens/circuit/circuits.hpp"
#include "svdlens/directions/dead_parts.hpp"
#include "svdlens/directions/singular_directions.hpp"
#include "svdlens/io/safetensors.hpp"
#include "svdlens/model/fold_norms.hpp"
#include "svdlens/model/transformer_weights.hpp"
#include "svdlens/projection/energies.hpp"
#include "svdlens/projection/projection.hpp"
#include "svdlens/significance/composition_law.hpp"
#include "svdlens/significance/discoveries.hpp"

namespace svdlens_tests {

namespace compiler = planted::compiler;

/// Edges of ideal cosine at least this are judged; the others are listed.
inline constexpr double judged_cosine = 0.5;

/// Counts of a class, of one family or of many.
struct class_counts {
    std::size_t routes = 0, found = 0;           ///< of ideal cosine at least `judged_cosine`
    std::size_t weak_routes = 0, weak_found = 0; ///< of a smaller one
    std::size_t broken = 0, broken_found = 0;    ///< that an end was turned away from
    std::size_t rows = 0, false_rows = 0;        ///< found; those of no channel
    std::size_t families = 0;
    double false_shares =
        0; ///< of false among found rows, summed over families: what a rate q bounds is their mean
    double control_rows = 0, control_hits = 0, tested = 0;

    void add(const class_counts& o) {
        routes += o.routes, found += o.found;
        weak_routes += o.weak_routes, weak_found += o.weak_found;
        broken += o.broken, broken_found += o.broken_found;
        rows += o.rows, false_rows += o.false_rows;
        families += o.families, false_shares += o.false_shares;
        control_rows += o.control_rows, control_hits += o.control_hits, tested += o.tested;
    }
    double decoy_rate() const {
        return rows == 0 || control_rows == 0
                   ? 0
                   : control_hits / control_rows * tested / static_cast<double>(rows);
    }
    double mean_false_share() const {
        return families == 0 ? 0 : false_shares / static_cast<double>(families);
    }
    static double share(std::size_t part, std::size_t of) {
        return of == 0 ? 0 : static_cast<double>(part) / static_cast<double>(of);
    }
};

using counts_by_class = std::map<std::string, class_counts>;
using node_pair = std::pair<std::string, std::string>;

/// What writes and what reads of a class, and a control for what has no acausal rows: its other side.
struct class_ends {
    svdlens::vector_set lines, targets;
    std::optional<svdlens::vector_set> wrong_side = {}; ///< in the place of `lines`
    bool has_heads = false;
};

/// A model of a program, read from its file and decomposed; and what is there.
class program_model {
  public:
    program_model(const compiler::options& o, const std::filesystem::path& path) :
        program_(compiler::compile(o)), truth_(compiler::truth_of(program_)) {
        compiler::write(program_, path);
        const svdlens::transformer_weights weights =
            svdlens::fold_norms(svdlens::transformer_weights(svdlens::open_safetensors(path)));
        const auto ov = svdlens::singular_directions(svdlens::ov_circuits(weights));
        const auto qk = svdlens::singular_directions(
            weights.is_rotary() ? svdlens::rotary_qk_circuits(weights, 0) : svdlens::qk_circuits(weights));
        readers_ = {{"q", svdlens::without_dead_parts(qk.query())},
                    {"k", svdlens::without_dead_parts(qk.key())},
                    {"v", svdlens::without_dead_parts(ov.reading())}};
        add_classes(weights, svdlens::without_dead_parts(ov.writing()));
    }

    const std::map<std::string, class_ends>& classes() const { return classes_; }
    const std::vector<compiler::true_edge>& truth() const { return truth_; }

    /// The nodes of a row: a direction by its head. Those that share a key/value head are one there.
    node_pair names(const std::string& kind, const svdlens::axes& axes, svdlens::row_number row) const {
        return shared(kind, {node(axes.label(row, "source")), node(axes.label(row, "target"))});
    }

    node_pair shared(const std::string& kind, node_pair names) const {
        const std::size_t in_group = compiler::n_heads / compiler::n_groups(program_.made_with.form);
        const bool is_shared = kind.ends_with("head_k") || kind.ends_with("head_v");
        if (in_group == 1 || !is_shared) return names;
        auto& target = names.second;
        const auto h = target.find('H');
        target = target.substr(0, h) + "G" + std::to_string(std::stoul(target.substr(h + 1)) / in_group);
        return names;
    }

    /// Of the vectors that heads copy and match along, how many are a singular direction of theirs: of cosine at
    /// least 0.7. By side: `q`, `k`, `v`, `o`.
    std::map<std::string, std::pair<std::size_t, std::size_t>> identified() const {
        std::map<std::string, std::pair<std::size_t, std::size_t>> counts;
        for (std::size_t n = 0; n < program_.source.heads.size(); ++n) {
            const auto& head = program_.source.heads[n];
            for (const auto& each : head.copies) {
                count(counts["v"], readers_[2].second, n, each.from);
                count(counts["o"], classes_.at("head_to_token").lines, n, each.to);
            }
            for (const auto& each : head.matches) {
                if (each.query.empty()) continue; // it meets a bias, and is in no product of matrices
                count(counts["q"], readers_[0].second, n, each.query);
                count(counts["k"], readers_[1].second, n, each.key);
            }
        }
        return counts;
    }

  private:
    void count(std::pair<std::size_t, std::size_t>& to, const svdlens::vector_set& directions, std::size_t n,
               const compiler::pattern& along) const {
        Eigen::RowVectorXd vector = Eigen::RowVectorXd::Zero(static_cast<Eigen::Index>(compiler::d_model));
        for (const auto& t : along)
            vector += t.weight * program_.basis.row(static_cast<Eigen::Index>(t.coordinate));
        vector.normalize();
        const auto& at = program_.places.heads[n];
        const std::size_t each = directions.size() / compiler::n_heads;
        double most = 0;
        for (std::size_t k = at.head * each; k < (at.head + 1) * each; ++k) {
            double dot = 0;
            for (std::size_t i = 0; i < compiler::d_model; ++i)
                dot += static_cast<double>(directions.layers[at.layer](k, i)) *
                       vector(static_cast<Eigen::Index>(i));
            most = (std::max)(most, std::abs(dot));
        }
        ++to.second;
        to.first += most >= 0.7 ? 1 : 0;
    }

    void add_classes(const svdlens::transformer_weights& weights, const svdlens::vector_set& writing) {
        const auto in = weights.mlp_in(), out = weights.mlp_out(), tokens = weights.embed(),
                   outputs = weights.unembed();
        const auto& reading = readers_[2].second;
        auto seen = writing; // in the space of what reads
        seen.centered = reading.centered;
        auto written = out;
        written.centered = in.centered;
        classes_ = {{"head_to_neuron_in", {writing, in, {}, true}},
                    {"neuron_to_neuron_in", {in, out, {}, false}},
                    {"token_to_neuron_in", {in, tokens, written, false}},
                    {"head_to_token", {writing, outputs, reading, true}},
                    {"neuron_to_token", {out, outputs, in, false}}};
        if (weights.is_gated()) {
            const auto gate = weights.mlp_gate();
            classes_.insert_or_assign("head_to_neuron_gate", class_ends{writing, gate, {}, true});
            classes_.insert_or_assign("neuron_to_neuron_gate", class_ends{gate, out, {}, false});
            classes_.insert_or_assign("token_to_neuron_gate", class_ends{gate, tokens, written, false});
        }
        for (const auto& [side, reader] : readers_) {
            classes_.insert_or_assign("head_to_head_" + side, class_ends{writing, reader, {}, true});
            classes_.insert_or_assign("neuron_to_head_" + side, class_ends{reader, out, {}, true});
            classes_.insert_or_assign("token_to_head_" + side, class_ends{reader, tokens, seen, true});
            if (weights.W_pos.rows() != 0)
                classes_.insert_or_assign("position_to_head_" + side,
                                          class_ends{reader, positions(weights), seen, true});
        }
    }

    static svdlens::vector_set positions(const svdlens::transformer_weights& weights) {
        auto set = weights.embed();
        set.name = "positions";
        set.axes = svdlens::axes({{"position", weights.W_pos.rows()}}, {{"node", "{position}"}});
        set.identity = {"node", "{position}"};
        set.layers = {weights.W_pos};
        return set;
    }

    static std::string node(const std::string& label) { return label.substr(0, label.find('.')); }

    compiler::compiled_program program_;
    std::vector<compiler::true_edge> truth_;
    std::vector<std::pair<std::string, svdlens::vector_set>> readers_;
    std::map<std::string, class_ends> classes_;
};

/// Rows found of a class in one model: the pairs of nodes that they belong to.
struct found_class {
    std::vector<node_pair> rows;
    double control_rows = 0, control_hits = 0, tested = 0;
};

/// What is found of a class, of each model; the rows of all models are one family.
inline std::vector<found_class> find_rows(const std::string& kind,
                                          const std::vector<const program_model*>& models,
                                          svdlens::null_model null, double q) {
    std::vector<svdlens::projection> tables;
    for (const auto* model : models) {
        const auto& ends = model->classes().at(kind);
        tables.push_back(svdlens::project(ends.lines, ends.targets));
    }
    const svdlens::discovery_options options{.q = q, .null = null};
    const auto all = svdlens::discoveries(tables, options);
    std::vector<found_class> found(models.size());
    for (std::size_t m = 0; m < models.size(); ++m) {
        found[m].tested = static_cast<double>(all[m].tested);
        for (const auto row : all[m].rows.rows())
            found[m].rows.push_back(models[m]->names(kind, all[m].rows.axes(), row));
        auto control = all[m].control;
        const auto& ends = models[m]->classes().at(kind);
        if (!control && ends.wrong_side)
            control = svdlens::control_of(all[m],
                                          svdlens::project(*ends.wrong_side, ends.targets,
                                                           {.rows = svdlens::projected_rows::wrong_side}),
                                          options);
        if (!control) continue;
        found[m].control_rows = static_cast<double>(control->rows);
        found[m].control_hits = static_cast<double>(control->hits);
    }
    return found;
}

/// ln p of each head with each target, and their nodes.
inline std::vector<std::pair<double, node_pair>> tested_heads(const std::string& kind,
                                                              const program_model& model,
                                                              svdlens::energy_kind energy,
                                                              svdlens::projected_rows rows) {
    const auto& ends = model.classes().at(kind);
    const auto table = svdlens::energies(ends.lines, ends.targets, {.kind = energy, .rows = rows});
    std::vector<std::pair<double, node_pair>> tested;
    svdlens::block_buffer<float> buffer;
    const std::size_t length = table.line_length(), per_layer = table.line_count() * length;
    const auto test = [&](svdlens::row_number row, float value) {
        const auto k = static_cast<std::size_t>(row);
        const svdlens::spectrum a(table.source_spectrum(k % per_layer / length), table.null_dimension());
        const auto of = table.target_spectrum(k / per_layer, k % length);
        const double log_p =
            of.size() == 1
                ? svdlens::log_p_of_energy(static_cast<double>(value), a, svdlens::score_side::above)
                : svdlens::log_p_of_composition(static_cast<double>(value), a,
                                                svdlens::spectrum(of, table.null_dimension()),
                                                svdlens::score_side::above);
        tested.emplace_back(log_p, model.names(kind, table.axes(), row));
    };
    for (std::size_t b = 0; b < table.blocks(); ++b) {
        const auto block = table.block(b, buffer);
        for (std::size_t r = 0; r < block.runs; ++r) {
            const auto run = block.run(r);
            for (std::size_t k = 0; k < run.scores.size(); ++k) test(run.row(k), run.scores[k]);
        }
    }
    return tested;
}

/// The step-up rule over whole heads, of all models together.
inline std::vector<found_class> find_heads(const std::string& kind,
                                           const std::vector<const program_model*>& models,
                                           svdlens::null_model null, double q) {
    const auto energy =
        null == svdlens::null_model::share ? svdlens::energy_kind::share : svdlens::energy_kind::cosine;
    std::vector<std::vector<std::pair<double, node_pair>>> tested;
    std::vector<double> p;
    for (const auto* model : models) {
        tested.push_back(tested_heads(kind, *model, energy, svdlens::projected_rows::causal));
        for (const auto& each : tested.back()) p.push_back(each.first);
    }
    std::sort(p.begin(), p.end());
    double bound = -1e300;
    for (std::size_t k = 0; k < p.size(); ++k)
        if (p[k] <= std::log(q * static_cast<double>(k + 1) / static_cast<double>(p.size()))) bound = p[k];
    std::vector<found_class> found(models.size());
    for (std::size_t m = 0; m < models.size(); ++m) {
        found[m].tested = static_cast<double>(tested[m].size());
        for (const auto& [log_p, pair] : tested[m])
            if (log_p <= bound) found[m].rows.push_back(pair);
        for (const auto& [log_p, pair] :
             tested_heads(kind, *models[m], energy, svdlens::projected_rows::acausal)) {
            found[m].control_rows += 1;
            found[m].control_hits += log_p <= bound ? 1 : 0;
        }
    }
    return found;
}

/// What was found in a model beside what is there.
inline class_counts compare(const std::string& kind, const found_class& found, const program_model& model) {
    class_counts counts;
    const std::set<node_pair> pairs(found.rows.begin(), found.rows.end());
    std::set<node_pair> real, judged;
    for (const auto& edge : model.truth()) {
        if (edge.kind_of != kind) continue;
        const auto pair = model.shared(kind, {edge.source, edge.target});
        const bool is_found = pairs.count(pair) != 0;
        if (edge.kind != compiler::edge_kind::null) real.insert(pair);
        // Heads that share a key/value head are one.
        if (edge.kind == compiler::edge_kind::helper || !judged.insert(pair).second) continue;
        if (edge.kind == compiler::edge_kind::null) {
            ++counts.broken;
            counts.broken_found += is_found;
            continue;
        }
        const bool is_strong = std::abs(edge.cosine) >= judged_cosine;
        ++(is_strong ? counts.routes : counts.weak_routes);
        (is_strong ? counts.found : counts.weak_found) += is_found;
    }
    counts.rows = found.rows.size();
    for (const auto& each : found.rows) counts.false_rows += real.count(each) == 0;
    counts.control_rows = found.control_rows, counts.control_hits = found.control_hits,
    counts.tested = found.tested;
    return counts;
}

/// Looks for the channels of models, as one family a class; those of whole heads as `... by head`.
inline counts_by_class recover_programs(const std::vector<const program_model*>& models,
                                        svdlens::null_model null = svdlens::null_model::share,
                                        double q = 0.05) {
    counts_by_class all;
    const auto add = [&](const std::string& name, const std::string& kind,
                         const std::vector<found_class>& found) {
        auto& counts = all[name];
        for (std::size_t m = 0; m < models.size(); ++m) counts.add(compare(kind, found[m], *models[m]));
        counts.families = 1;
        counts.false_shares = class_counts::share(counts.false_rows, counts.rows);
    };
    for (const auto& [kind, ends] : models.front()->classes()) {
        add(kind, kind, find_rows(kind, models, null, q));
        if (ends.has_heads) add(kind + " by head", kind, find_heads(kind, models, null, q));
    }
    return all;
}

} // namespace svdlens_tests

#endif
