/// @file
/// The bodies of circuit/channel_map.hpp.
#ifndef SVDLENS_CIRCUIT_DETAIL_BODIES_CHANNEL_MAP_HPP
#define SVDLENS_CIRCUIT_DETAIL_BODIES_CHANNEL_MAP_HPP

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <numbers>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "../../../core/detail/body.hpp"
#include "../../../core/detail/pass_share.hpp"
#include "../../../core/detail/without_progress.hpp"
#include "../../../core/error.hpp"
#include "../../../core/execution.hpp"
#include "../../../core/text.hpp"
#include "../../../directions/centered_writing.hpp"
#include "../../../directions/dead_parts.hpp"
#include "../../../directions/principal_directions.hpp"
#include "../../../directions/singular_directions.hpp"
#include "../../../model/residual_ports.hpp"
#include "../../../model/transformer_weights.hpp"
#include "../../../projection/energies.hpp"
#include "../../../projection/projection.hpp"
#include "../../../significance/discoveries.hpp"
#include "../../../significance/energy_discoveries.hpp"
#include "../../../significance/log_p.hpp"
#include "../../../table/ask.hpp"
#include "../../../table/score_columns.hpp"
#include "../../../table/top_k.hpp"
#include "../../channel_map.hpp"
#include "../../circuits.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

inline constexpr std::string_view channel_writer_names[] = {"head", "neuron", "embedding", "positions"};
inline constexpr std::string_view channel_reader_names[] = {"query", "key", "value", "neuron", "unembedding"};

/// Charts the classes one after the other, each side made once.
template <std::floating_point T>
class channel_charter {
  public:
    channel_charter(const basic_transformer_weights<T>& weights, const channel_map_options& options,
                    const execution& run) :
        weights_(weights),
        options_(options), run_(run) {
        map_.q = options.q;
        map_.provenance = weights.provenance();
    }

    channel_map chart() {
        const auto total = static_cast<double>(options_.classes.size());
        step_ = total > 0 ? 1 / total : 0;
        chart_readers_of_heads();
        chart_neurons();
        chart_unembedding();
        throw_if_pending(run_.shared);
        const auto rank = [&](const channel_table& table) {
            return std::find(options_.classes.begin(), options_.classes.end(), table.of);
        };
        std::stable_sort(map_.tables.begin(), map_.tables.end(),
                         [&](const auto& a, const auto& b) { return rank(a) < rank(b); });
        return std::move(map_);
    }

  private:
    using vectors = basic_vector_set<T>;

    bool wants(channel_writer writer, channel_reader reader) const {
        return std::find(options_.classes.begin(), options_.classes.end(), channel_class{writer, reader}) !=
               options_.classes.end();
    }
    bool wants_writer(channel_writer writer) const {
        return std::any_of(options_.classes.begin(), options_.classes.end(),
                           [&](const channel_class& each) { return each.writer == writer; });
    }
    bool wants_reader(channel_reader reader) const {
        return std::any_of(options_.classes.begin(), options_.classes.end(),
                           [&](const channel_class& each) { return each.reader == reader; });
    }

    void leave_out(const std::string& what) { // once: gates and experts ask again
        auto& said = map_.left_out;
        if (std::find(said.begin(), said.end(), what) == said.end()) said.push_back(what);
    }
    void leave_out(channel_class of, const std::string& reason) { leave_out(to_text(of) + ": " + reason); }

    /// A set as it is seen by what reads behind a LayerNorm, and by what reads the stream.
    struct seen_vectors {
        std::optional<vectors> centred;
        std::optional<vectors> plain;

        std::optional<vectors>& by(bool is_centred) { return is_centred ? centred : plain; }
    };

    /// What heads write, as what reads sees it; empty where there are no heads.
    const vectors& writing(bool is_centred) {
        auto& made = writing_.by(is_centred);
        if (!made) {
            auto ov = ov_circuits(weights_);
            if (is_centred) ov = with_centered_writing(std::move(ov));
            made = without_dead_parts(writing_directions(ov, quietly()), quietly());
        }
        return *made;
    }

    /// A set of vectors as one node, as what reads sees it.
    vectors whole(const vectors& set, bool is_centred) const {
        return principal_directions(set, is_centred ? seen_space::centred : seen_space::whole, quietly());
    }

    const vectors* embedding(bool is_centred) {
        if (!weights_.has_embed()) return nullptr;
        auto& made = embedding_.by(is_centred);
        if (!made) made = whole(weights_.embed(), is_centred);
        return &*made;
    }
    const vectors* positions(bool is_centred) {
        if (weights_.W_pos.rows() == 0) return nullptr;
        auto& made = positions_.by(is_centred);
        if (!made) made = whole(position_vectors(), is_centred);
        return &*made;
    }

    vectors position_vectors() const {
        return {.name = "positions",
                .axes = svdlens::axes({{"position", weights_.W_pos.rows()}}),
                .identity = {"position", "P{position}"},
                .layers = {weights_.W_pos},
                .port = port_of(residual_site::embedding, weights_.block_order, weights_.blocks.size()),
                .centered = weights_.is_centered(residual_site::embedding),
                .provenance = weights_.provenance()};
    }

    const std::vector<vectors>& neuron_writers() {
        if (!neuron_writers_) neuron_writers_ = alive(weights_.mlp_writers());
        return *neuron_writers_;
    }
    const std::vector<vectors>& neuron_readers() {
        if (!neuron_readers_) neuron_readers_ = alive(weights_.mlp_readers());
        return *neuron_readers_;
    }
    std::vector<vectors> alive(std::vector<vectors> sets) const {
        for (auto& each : sets) each = without_dead_parts(std::move(each), quietly());
        return sets;
    }

    execution quietly() const { return without_progress(run_); }

    /// The run of one more class.
    execution next_run() {
        const double begin = done_;
        done_ = (std::min)(1.0, done_ + step_);
        return part_of(run_, begin, done_, 1'000'000);
    }

    discovery_options tested() const {
        return {.q = options_.q,
                .null = null_model::share,
                .weights = p_weights::equal,
                .control_rows = options_.control_rows};
    }

    // Whatever reads in heads: their queries, keys and values.
    void chart_readers_of_heads() {
        if (wants_reader(channel_reader::value)) {
            const auto reading =
                without_dead_parts(reading_directions(ov_circuits(weights_), quietly()), quietly());
            chart_role(reading, channel_reader::value);
        }
        if (!wants_reader(channel_reader::query) && !wants_reader(channel_reader::key)) return;
        const auto qk = attention_circuits();
        if (!qk) return;
        const auto both = singular_directions(*qk, quietly());
        if (wants_reader(channel_reader::query))
            chart_role(without_dead_parts(both.query(), quietly()), channel_reader::query);
        if (wants_reader(channel_reader::key))
            chart_role(without_dead_parts(both.key(), quietly()), channel_reader::key);
    }

    /// The QK circuits; nothing, which is said, where a model has none.
    std::optional<basic_factored_set<T>> attention_circuits() {
        try {
            if (!weights_.is_rotary()) return qk_circuits(weights_);
            auto turned = rotary_qk_circuits(weights_, options_.rotary_offset);
            leave_out("queries and keys: rotary positions, circuits of a query " +
                      to_text(options_.rotary_offset) + " positions behind its key, no other distance");
            return turned;
        } catch (const model_error& refused) {
            if (refused.code() != errc::unsupported_model && refused.code() != errc::unknown_tensor) throw;
            leave_out("queries and keys: " + std::string(refused.what()));
            return std::nullopt;
        }
    }

    void chart_role(const vectors& reading, channel_reader role) {
        using enum channel_writer;
        if (wants(head, role))
            add_energies({head, role}, writing(reading.centered), reading, energy_kind::share, nullptr);
        for (const auto& each : neurons_that_write({neuron, role}))
            add_energies({neuron, role}, reading, each, energy_kind::share, nullptr);
        chart_whole({embedding, role}, reading);
        chart_whole({positions, role}, reading);
    }

    /// Those of a class, which is left out where there are none.
    std::vector<vectors> neurons_that_write(channel_class of) {
        if (!wants(of.writer, of.reader)) return {};
        if (neuron_writers().empty()) leave_out(of, "no MLP writes");
        return neuron_writers();
    }

    /// A whole matrix on what reads; beside what writes as a control.
    void chart_whole(channel_class of, const vectors& reading) {
        if (!wants(of.writer, of.reader)) return;
        const bool tokens = of.writer == channel_writer::embedding;
        const vectors* const from = tokens ? embedding(reading.centered) : positions(reading.centered);
        if (from == nullptr) return leave_out(of, tokens ? "no embedding" : "no positions are learned");
        const bool on_heads = of.reader != channel_reader::neuron;
        const vectors* const beside = on_heads                   ? &writing(reading.centered)
                                      : neuron_writers().empty() ? nullptr
                                                                 : &neuron_writers().front();
        add_energies(of, *from, reading, energy_kind::cosine, beside);
    }

    void chart_neurons() {
        using enum channel_writer;
        constexpr auto reads = channel_reader::neuron;
        if (!wants_reader(reads)) return;
        if (neuron_readers().empty()) {
            for (const auto& each : options_.classes)
                if (each.reader == reads) leave_out(each, "no MLP reads");
            return;
        }
        for (const auto& into : neuron_readers()) {
            if (wants(head, reads))
                add_energies({head, reads}, writing(into.centered), into, energy_kind::share, nullptr);
            chart_whole({embedding, reads}, into);
            chart_whole({positions, reads}, into);
        }
        for (const auto& from : neurons_that_write({neuron, reads}))
            for (const auto& into : neuron_readers()) add_cosines(from, into);
    }

    void chart_unembedding() {
        using enum channel_writer;
        constexpr auto reads = channel_reader::unembedding;
        if (!wants_reader(reads)) return;
        if (!weights_.has_unembed() || weights_.has_output_head) {
            for (const auto& each : options_.classes)
                if (each.reader == reads)
                    leave_out(each, weights_.has_unembed() ? "it reads what a head makes of the stream"
                                                           : "no unembedding");
            return;
        }
        const auto set = weights_.unembed();
        const auto unembedding = whole(set, set.centered);
        if (wants(head, reads)) {
            const auto beside =
                without_dead_parts(reading_directions(ov_circuits(weights_), quietly()), quietly());
            add_energies({head, reads}, unembedding, writing(set.centered), energy_kind::cosine, &beside);
        }
        for (const auto& each : neurons_that_write({neuron, reads})) {
            const auto* const beside = neuron_readers().empty() ? nullptr : &neuron_readers().front();
            add_energies({neuron, reads}, unembedding, each, energy_kind::cosine, beside);
        }
    }

    /// How many directions of a set can share.
    static std::size_t alive_in(const vectors& set) {
        std::size_t count = 0;
        for (std::size_t l = 0; l < set.layers.size(); ++l)
            for (std::size_t k = 0; k < set.layers[l].rows(); ++k)
                count += set.is_null(l, k) || set.is_dead(l, k) ? 0U : 1U;
        return count;
    }

    /// @param beside what flows the same way as the directions, for a wrong-side control; null: acausal rows
    void add_energies(channel_class of, const vectors& directions, const vectors& targets, energy_kind kind,
                      const vectors* beside) {
        if (kind == energy_kind::share && alive_in(directions) < fewest_sharing)
            return leave_out(of, "fewer than " + to_text(fewest_sharing) + " directions share");
        const auto run = next_run();
        const auto table = energies(directions, targets,
                                    {.kind = kind, .title = title_of(of, targets, directions)}, quietly());
        if (table.max_rows() == 0)
            return leave_out(of, "nothing that writes, and is not dead, comes before what reads");
        in_unit(of, table.axes(), [&] { chart_energies(of, table, directions, beside, run); });
    }

    /// Tables hang on no other: in shards each has its passes.
    template <class Work>
    void in_unit(channel_class of, const axes& table, Work work) const {
        do_unit(run_.shared, to_text(of) + " " + table.title(), work);
    }

    void chart_energies(channel_class of, const basic_energies<T>& table, const vectors& directions,
                        const vectors* beside, const execution& run) {
        const basic_energy_cosines<T> cosines(table, quietly());
        const discovery_test test{.q = options_.q, .dimension = cosines.dimension, .weights = {}};
        auto [found, best] = ask(cosines, discoveries(test), top_k(options_.strongest), run);
        found.rows = with_energies(cosines, found.rows, quietly());
        add_control(found, table, directions, beside);
        map_.tables.push_back({of,
                               table.kind() == energy_kind::share ? null_model::share : null_model::isotropic,
                               std::move(found), strongest_energies(cosines, best)});
    }

    void add_control(findings& found, const basic_energies<T>& table, const vectors& directions,
                     const vectors* beside) {
        if (options_.control_rows == 0) return;
        if (beside == nullptr) {
            const auto control = table.with_rows(projected_rows::acausal);
            if (control.max_rows() != 0) found.control = control_of(found, control, tested(), quietly());
            return;
        }
        const auto control = energies(directions, *beside,
                                      {.kind = table.kind(), .rows = projected_rows::wrong_side}, quietly());
        if (control.max_rows() != 0) found.control = control_of(found, control, tested(), quietly());
    }

    static score_columns strongest_energies(const basic_energy_cosines<T>& cosines,
                                            const basic_selection<T>& best) {
        std::vector<row_number> rows(best.rows().begin(), best.rows().end());
        std::vector<double> log10_p, energy;
        for (std::size_t k = 0; k < rows.size(); ++k) {
            log10_p.push_back(log_p(static_cast<double>(best.score_at(k)), cosines.dimension) /
                              std::numbers::ln10);
            energy.push_back(cosines.energy_of(rows[k], best.score_at(k)));
        }
        return {best.axes(), std::move(rows), {"log10_p", "energy"}, {std::move(log10_p), std::move(energy)}};
    }

    /// Neurons with neurons: shares of single vectors.
    void add_cosines(const vectors& from, const vectors& into) {
        const channel_class of{channel_writer::neuron, channel_reader::neuron};
        if (alive_in(from) < fewest_sharing)
            return leave_out(of, "fewer than " + to_text(fewest_sharing) + " neurons share");
        const auto run = next_run();
        const auto shares =
            project(from, into, {.score = score_kind::share, .title = title_of(of, into, from)}, quietly());
        if (shares.max_rows() == 0)
            return leave_out(of, "nothing that writes, and is not dead, comes before what reads");
        in_unit(of, shares.axes(), [&] { chart_cosines(of, shares, run); });
    }

    void chart_cosines(channel_class of, const basic_projection<T>& shares, const execution& run) {
        const auto test = test_of(shares, tested());
        auto [found, best] = ask(shares, discoveries(test), top_k<magnitude>(options_.strongest), run);
        found.rows = with_cosines(shares, found.rows);
        if (options_.control_rows != 0) {
            const auto control = shares.with_rows(projected_rows::acausal, quietly());
            if (control.max_rows() != 0) found.control = control_of(found, control, tested(), quietly());
        }
        map_.tables.push_back({of, null_model::share, std::move(found), strongest_cosines(shares, best)});
    }

    /// The cosines of rows.
    std::vector<double> cosines_of(const basic_projection<T>& shares,
                                   const std::vector<row_number>& rows) const {
        std::vector<double> cosines(rows.size());
        for_blocks<char>(rows.size(), rows.size(), quietly(),
                         [&](std::size_t k, char&) { cosines[k] = shares.parts(rows[k]).centered_cosine; });
        return cosines;
    }

    score_columns with_cosines(const basic_projection<T>& shares, const score_columns& found) const {
        std::vector<row_number> rows(found.rows().begin(), found.rows().end());
        auto cosines = cosines_of(shares, rows);
        const auto list = [&](const char* name) {
            const auto values = found.values(name);
            return std::vector<double>(values.begin(), values.end());
        };
        return {found.axes(),
                std::move(rows),
                {"log10_p", "q", "share", "cosine"},
                {list("log10_p"), list("q"), list("score"), std::move(cosines)}};
    }

    score_columns strongest_cosines(const basic_projection<T>& shares, const basic_selection<T>& best) const {
        std::vector<row_number> rows(best.rows().begin(), best.rows().end());
        std::vector<double> log10_p, share;
        for (std::size_t k = 0; k < rows.size(); ++k) {
            share.push_back(static_cast<double>(best.score_at(k)));
            const auto n = static_cast<std::size_t>(shares.null_dimension());
            log10_p.push_back(log_p(share.back(), n) / std::numbers::ln10);
        }
        auto cosines = cosines_of(shares, rows);
        return {best.axes(),
                std::move(rows),
                {"log10_p", "share", "cosine"},
                {std::move(log10_p), std::move(share), std::move(cosines)}};
    }

    /// `neuron_to_key`, or with the set's name where a class has several.
    std::string title_of(channel_class of, const vectors& targets, const vectors& directions) const {
        const bool reads = of.reader == channel_reader::neuron;
        const bool writes = of.writer == channel_writer::neuron;
        const auto name = [&](const vectors& set) { return set.name; };
        const auto& writers = directions.port.flow == flow::reads ? targets : directions;
        const auto& readers = directions.port.flow == flow::reads ? directions : targets;
        return (writes ? name(writers)
                       : std::string(channel_writer_names[static_cast<std::size_t>(of.writer)])) +
               "_to_" +
               (reads ? name(readers)
                      : std::string(channel_reader_names[static_cast<std::size_t>(of.reader)]));
    }

    const basic_transformer_weights<T>& weights_;
    const channel_map_options& options_;
    const execution& run_;
    channel_map map_;
    double step_ = 0;
    double done_ = 0;
    seen_vectors writing_;
    seen_vectors embedding_;
    seen_vectors positions_;
    std::optional<std::vector<vectors>> neuron_writers_;
    std::optional<std::vector<vectors>> neuron_readers_;
};

} // namespace detail

SVDLENS_BODY std::vector<channel_class> all_channel_classes() {
    std::vector<channel_class> all;
    for (const auto writer :
         {channel_writer::head, channel_writer::neuron, channel_writer::embedding, channel_writer::positions})
        for (const auto reader : {channel_reader::query, channel_reader::key, channel_reader::value,
                                  channel_reader::neuron, channel_reader::unembedding})
            if (reader != channel_reader::unembedding || writer == channel_writer::head ||
                writer == channel_writer::neuron)
                all.push_back({writer, reader});
    return all;
}

SVDLENS_BODY std::string to_text(channel_class of) {
    return std::string(detail::channel_writer_names[static_cast<std::size_t>(of.writer)]) + "_to_" +
           std::string(detail::channel_reader_names[static_cast<std::size_t>(of.reader)]);
}

SVDLENS_BODY channel_class to_channel_class(std::string_view name) {
    std::string known;
    for (const auto& each : all_channel_classes()) {
        if (to_text(each) == name) return each;
        known += (known.empty() ? "" : ", ") + to_text(each);
    }
    throw argument_error(errc::invalid_argument,
                         "no class of channels " + quoted(std::string(name)) + "; there are " + known);
}

SVDLENS_BODY std::uint64_t channel_map::tested() const {
    std::uint64_t sum = 0;
    for (const auto& table : tables) sum += table.found.tested;
    return sum;
}

SVDLENS_BODY std::uint64_t channel_map::found() const {
    std::uint64_t sum = 0;
    for (const auto& table : tables) sum += table.counts() ? table.found.size() : 0;
    return sum;
}

template <std::floating_point T>
channel_map chart_channels(const basic_transformer_weights<T>& weights, const channel_map_options& options,
                           const execution& run) {
    return detail::channel_charter<T>(weights, options, run).chart();
}

#ifdef SVDLENS_COMPILED
template channel_map chart_channels(const basic_transformer_weights<float>&, const channel_map_options&,
                                    const execution&);
template channel_map chart_channels(const basic_transformer_weights<double>&, const channel_map_options&,
                                    const execution&);
#endif

} // namespace svdlens::inline v0_2

#endif
