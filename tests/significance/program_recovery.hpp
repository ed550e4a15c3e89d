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
#include <set>
#include <string>
#include <tuple>
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

/// Counts of a class, of one model or of many.
struct class_counts {
    std::size_t routes = 0, found = 0;           ///< of ideal cosine at least `judged_cosine`
    std::size_t weak_routes = 0, weak_found = 0; ///< of a smaller one
    std::size_t broken = 0, broken_found = 0;    ///< that an end was turned away from
    std::size_t rows = 0, false_rows = 0;        ///< found; those of no channel
    std::size_t pairs = 0, false_pairs = 0;      ///< found, of a head or vector and a target
    double control_rows = 0, control_hits = 0, tested = 0;

    void add(const class_counts& o) {
        routes += o.routes, found += o.found;
        weak_routes += o.weak_routes, weak_found += o.weak_found;
        broken += o.broken, broken_found += o.broken_found;
        rows += o.rows, false_rows += o.false_rows;
        pairs += o.pairs, false_pairs += o.false_pairs;
        control_rows += o.control_rows, control_hits += o.control_hits, tested += o.tested;
    }
    double decoy_rate() const {
        return rows == 0 || control_rows == 0
                   ? 0
                   : control_hits / control_rows * tested / static_cast<double>(rows);
    }
    static double share(std::size_t part, std::size_t of) {
        return of == 0 ? 0 : static_cast<double>(part) / static_cast<double>(of);
    }
};

using counts_by_class = std::map<std::string, class_counts>;

/// Rows found of a class: the pairs of nodes that they belong to, named as the truth names them.
struct found_class {
    std::vector<std::pair<std::string, std::string>> rows;
    double control_rows = 0, control_hits = 0, tested = 0;
};

/// A model of a program, read from its file and decomposed.
class program_analysis {
  public:
    program_analysis(const std::filesystem::path& path, compiler::form form, svdlens::null_model null,
                     double q) :
        weights_(svdlens::fold_norms(svdlens::transformer_weights(svdlens::open_safetensors(path)))),
        form_(form), null_(null), q_(q), ov_(svdlens::singular_directions(svdlens::ov_circuits(weights_))),
        writing_(svdlens::without_dead_parts(ov_.writing())) {
        const auto qk = svdlens::singular_directions(
            weights_.is_rotary() ? svdlens::rotary_qk_circuits(weights_, 0) : svdlens::qk_circuits(weights_));
        readers_ = {{"q", svdlens::without_dead_parts(qk.query())},
                    {"k", svdlens::without_dead_parts(qk.key())},
                    {"v", svdlens::without_dead_parts(ov_.reading())}};
    }

    /// What is found, by class; of classes with heads also by the energies of whole heads, `... by head`.
    std::map<std::string, found_class> find() {
        const auto in = weights_.mlp_in(), out = weights_.mlp_out();
        add("head_to_neuron_in", writing_, in, true);
        add("neuron_to_neuron_in", in, out, false);
        add("token_to_neuron_in", in, weights_.embed(), false);
        if (weights_.is_gated()) {
            const auto gate = weights_.mlp_gate();
            add("head_to_neuron_gate", writing_, gate, true);
            add("neuron_to_neuron_gate", gate, out, false);
            add("token_to_neuron_gate", gate, weights_.embed(), false);
        }
        add("head_to_token", writing_, weights_.unembed(), true);
        add("neuron_to_token", out, weights_.unembed(), false);
        for (const auto& [side, reader] : readers_) {
            add("head_to_head_" + side, writing_, reader, true);
            add("neuron_to_head_" + side, reader, out, true);
            add("token_to_head_" + side, reader, weights_.embed(), true);
            if (weights_.W_pos.rows() != 0) add("position_to_head_" + side, reader, positions(), true);
        }
        return std::move(found_);
    }

  private:
    svdlens::vector_set positions() const {
        auto set = weights_.embed();
        set.name = "positions";
        set.axes = svdlens::axes({{"position", weights_.W_pos.rows()}}, {{"node", "position {position}"}});
        set.identity = {"node", "position {position}"};
        set.layers = {weights_.W_pos};
        return set;
    }

    void add(const std::string& kind, const svdlens::vector_set& lines, const svdlens::vector_set& targets,
             bool has_heads) {
        add_rows(kind, lines, targets);
        if (has_heads) add_energies(kind + " by head", kind, lines, targets);
    }

    void add_rows(const std::string& kind, const svdlens::vector_set& lines,
                  const svdlens::vector_set& targets) {
        const auto result = svdlens::discoveries(svdlens::project(lines, targets), {.q = q_, .null = null_});
        auto& to = found_[kind];
        to.tested = static_cast<double>(result.family_rows);
        for (const auto row : result.rows.rows()) to.rows.push_back(names(kind, result.rows.axes(), row));
        if (result.control) {
            to.control_rows = static_cast<double>(result.control->rows);
            to.control_hits = static_cast<double>(result.control->hits);
        }
    }

    /// The step-up rule over whole heads.
    void add_energies(const std::string& name, const std::string& kind, const svdlens::vector_set& lines,
                      const svdlens::vector_set& targets) {
        const auto energy =
            null_ == svdlens::null_model::share ? svdlens::energy_kind::share : svdlens::energy_kind::cosine;
        const auto tested = energies_of(lines, targets, energy, svdlens::projected_rows::causal, kind);
        auto p = std::vector<double>();
        for (const auto& each : tested) p.push_back(each.first);
        std::sort(p.begin(), p.end());
        double bound = -1e300;
        for (std::size_t k = 0; k < p.size(); ++k)
            if (p[k] <= std::log(q_ * static_cast<double>(k + 1) / static_cast<double>(p.size())))
                bound = p[k];
        auto& to = found_[name];
        to.tested = static_cast<double>(tested.size());
        for (const auto& [log_p, pair] : tested)
            if (log_p <= bound) to.rows.push_back(pair);
        for (const auto& [log_p, pair] :
             energies_of(lines, targets, energy, svdlens::projected_rows::acausal, kind)) {
            to.control_rows += 1;
            to.control_hits += log_p <= bound ? 1 : 0;
        }
    }

    std::vector<std::pair<double, std::pair<std::string, std::string>>>
    energies_of(const svdlens::vector_set& lines, const svdlens::vector_set& targets,
                svdlens::energy_kind kind, svdlens::projected_rows rows, const std::string& name) const {
        const auto table = svdlens::energies(lines, targets, {.kind = kind, .rows = rows});
        std::vector<std::pair<double, std::pair<std::string, std::string>>> tested;
        svdlens::block_buffer<float> buffer;
        const std::size_t length = table.line_length(), per_layer = table.line_count() * length;
        const auto test = [&](svdlens::row_number row, float value) {
            const auto k = static_cast<std::size_t>(row);
            const svdlens::spectrum a(table.source_spectrum(k % per_layer / length), table.null_dimension());
            const auto of = table.target_spectrum(k / per_layer, k % length);
            const double energy = static_cast<double>(value);
            const double log_p =
                of.size() == 1
                    ? svdlens::log_p_of_energy(energy, a, svdlens::score_side::above)
                    : svdlens::log_p_of_composition(energy, a, svdlens::spectrum(of, table.null_dimension()),
                                                    svdlens::score_side::above);
            tested.emplace_back(log_p, names(name, table.axes(), row));
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

    /// The nodes of a row, as the truth calls them: a direction by its head, K and V sides by the key/value head.
    std::pair<std::string, std::string> names(const std::string& kind, const svdlens::axes& axes,
                                              svdlens::row_number row) const {
        auto source = node(axes.label(row, "source")), target = node(axes.label(row, "target"));
        if (kind.starts_with("token")) source = "token " + source.substr(source.find_last_of(' ') + 1);
        if (kind.ends_with("token")) target = "token " + target.substr(target.find_last_of(' ') + 1);
        const bool is_shared =
            form_ == compiler::form::grouped && (kind.ends_with("_k") || kind.ends_with("_v"));
        if (is_shared) {
            const auto h = target.find('H');
            const std::size_t in_group = compiler::n_heads / compiler::n_groups(form_);
            target = target.substr(0, h) + "G" + std::to_string(std::stoul(target.substr(h + 1)) / in_group);
        }
        return {source, target};
    }

    static std::string node(const std::string& label) { return label.substr(0, label.find('.')); }

    svdlens::transformer_weights weights_;
    compiler::form form_;
    svdlens::null_model null_;
    double q_;
    svdlens::float_directions ov_;
    svdlens::vector_set writing_;
    std::vector<std::pair<std::string, svdlens::vector_set>> readers_;
    std::map<std::string, found_class> found_;
};

/// What was found beside what is there.
inline counts_by_class compare(const std::map<std::string, found_class>& found,
                               const std::vector<compiler::true_edge>& truth) {
    counts_by_class result;
    for (const auto& [name, of] : found) {
        const auto kind = name.substr(0, name.find(' '));
        auto& counts = result[name];
        const std::set<std::pair<std::string, std::string>> pairs(of.rows.begin(), of.rows.end());
        std::set<std::pair<std::string, std::string>> real;
        for (const auto& edge : truth) {
            if (edge.kind_of != kind) continue;
            const bool is_found = pairs.count({edge.source, edge.target}) != 0;
            if (edge.kind == compiler::edge_kind::null) {
                ++counts.broken;
                counts.broken_found += is_found;
                continue;
            }
            real.insert({edge.source, edge.target});
            if (edge.kind == compiler::edge_kind::helper) continue;
            const bool is_judged = std::abs(edge.cosine) >= judged_cosine;
            ++(is_judged ? counts.routes : counts.weak_routes);
            (is_judged ? counts.found : counts.weak_found) += is_found;
        }
        counts.rows = of.rows.size();
        counts.pairs = pairs.size();
        for (const auto& each : of.rows) counts.false_rows += real.count(each) == 0;
        for (const auto& each : pairs) counts.false_pairs += real.count(each) == 0;
        counts.control_rows = of.control_rows, counts.control_hits = of.control_hits,
        counts.tested = of.tested;
    }
    return result;
}

/// Compiles a program, writes it as a file, and looks for its channels in it.
inline counts_by_class recover_program(const compiler::options& o, const std::filesystem::path& path,
                                       svdlens::null_model null = svdlens::null_model::share,
                                       double q = 0.05) {
    const auto program = compiler::compile(o);
    compiler::write(program, path);
    return compare(program_analysis(path, o.form, null, q).find(), compiler::truth_of(program));
}

} // namespace svdlens_tests

#endif
