/// @file
/// The bodies of model/adapter_updates.hpp.
#ifndef SVDLENS_MODEL_DETAIL_BODIES_ADAPTER_UPDATES_HPP
#define SVDLENS_MODEL_DETAIL_BODIES_ADAPTER_UPDATES_HPP

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "../../../core/detail/body.hpp"
#include "../../../core/error.hpp"
#include "../../../core/text.hpp"
#include "../../../directions/factored_set.hpp"
#include "../../../io/low_rank_adapter.hpp"
#include "../../../linalg/matrix.hpp"
#include "../../../linalg/scaled_matrix.hpp"
#include "../../../tensor/axes.hpp"
#include "../../adapter_updates.hpp"
#include "../../known_schemes.hpp"
#include "../../residual_ports.hpp"
#include "../../stored_axes.hpp"
#include "../compound_matrix.hpp"
#include "../scheme_rows.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

/// Where a module stands: its layer, and what it is called there.
struct module_place {
    std::optional<std::size_t> layer;
    std::string name;
};

/// The first component that is a number is the layer's.
inline module_place place_of(const std::string& module) {
    std::size_t begin = 0;
    while (begin < module.size()) {
        const auto end = (std::min)(module.find('.', begin), module.size());
        const auto layer = parse_number(std::string_view(module).substr(begin, end - begin));
        if (layer && end < module.size()) return {layer, module.substr(end + 1)};
        begin = end + 1;
    }
    return {std::nullopt, module};
}

/// What a part reads from or writes to.
inline std::optional<residual_site> site_of(weight_part part) {
    using enum weight_part;
    switch (part) {
    case W_Q:
    case W_K:
    case W_V:
    case W_latent:
        return residual_site::attention_in;
    case W_O:
        return residual_site::attention_out;
    case W_in:
    case W_gate:
        return residual_site::mlp_in;
    case W_out:
        return residual_site::mlp_out;
    case W_U:
        return residual_site::unembedding;
    case W_E:
    case W_pos:
        return residual_site::embedding;
    default:
        return std::nullopt;
    }
}

/// Where a row's tensor meets the stream; nothing where it does not: values that are made from a latent read that.
inline std::optional<residual_site> site_of(const part_name& row) {
    if (row.part == weight_part::W_latent) return site_of(row.part);
    for (const auto& dimension : row.axes)
        for (const auto& factor : dimension.factors)
            if (factor.axis == model_axis::d_latent) return std::nullopt;
    return site_of(row.part);
}

/// Where a module meets the stream.
struct known_port {
    residual_port port;
    bool is_sure = true; ///< schemes that know the module agree
};

/// What two schemes say of a module: a reader as early and a writer as late as either has it, so that no edge is
/// one that cannot be; no port where one's reads and the other's writes.
inline known_port either_port(const known_port& a, const residual_port& b) {
    if (a.port.flow == b.flow && a.port.first == b.first && a.port.per_layer == b.per_layer) return a;
    if (a.port.flow != b.flow || a.port.per_layer != b.per_layer) return {{}, false};
    const bool takes_b = b.flow == flow::reads ? b.first < a.port.first : b.first > a.port.first;
    return {takes_b ? b : a.port, false};
}

/// A module's port by all schemes that have a weight of that name, whatever stands before it.
inline known_port port_of_module(const std::string& module, std::size_t layer, std::size_t layers) {
    const std::string weight = module + ".weight";
    std::optional<known_port> found;
    for (const auto& scheme : known_schemes)
        for (const auto& row : scheme.parts) {
            const auto site = site_of(row);
            const auto name = site ? tensor_name("", row.pattern, {.layer = layer}) : std::string();
            if (!site || (weight != name && !weight.ends_with("." + name))) continue;
            const auto port = port_of(*site, scheme.architecture.block_order, layers);
            found = found ? either_port(*found, port) : known_port{port};
        }
    return found.value_or(known_port{});
}

/// What updates of one set share.
struct update_kind {
    residual_port left = {};
    residual_port right = {};
    bool is_sure = true; ///< of the ports
    bool layered = true;
    std::uint64_t in = 0;
    std::uint64_t out = 0;

    auto key() const {
        const auto port = [](const residual_port& p) {
            return std::tuple(static_cast<int>(p.flow), p.first, p.per_layer);
        };
        return std::tuple(!layered, !is_sure, port(left), port(right), in, out);
    }
    friend bool operator<(const update_kind& a, const update_kind& b) { return a.key() < b.key(); }
};

struct placed_update {
    const low_rank_update* update;
    module_place place;
};

/// m with rows or columns of zeros behind it.
template <std::floating_point T>
basic_matrix<T> padded(const basic_matrix<T>& m, std::size_t rows, std::size_t columns) {
    if (m.rows() == rows && m.columns() == columns) return m;
    return deferred_matrix<T>(rows, columns, [=](const matrix_part& part) {
        std::vector<T> values(part.rows * part.columns);
        const auto from = m.resident();
        for (std::size_t i = 0; i < part.rows && part.row + i < m.rows(); ++i)
            for (std::size_t j = 0; j < part.columns && part.column + j < m.columns(); ++j)
                values[i * part.columns + j] = from(part.row + i, part.column + j);
        return basic_matrix<T>(std::move(values), part.rows, part.columns);
    });
}

/// Sorts updates by kind and makes a set of each.
template <std::floating_point T>
class update_sets {
  public:
    explicit update_sets(const low_rank_adapter& adapter) : adapter_(adapter) {
        for (const auto& each : adapter.updates)
            if (const auto layer = place_of(each.module).layer) layers_ = (std::max)(layers_, *layer + 1);
        constexpr std::size_t most = 10'000;
        if (layers_ > most)
            throw model_error(errc::unsupported_model, adapter.file.path().string() + ": a layer " +
                                                           to_text(layers_ - 1) + ", expected at most " +
                                                           to_text(most) + " layers");
        for (const auto& each : adapter.updates) {
            auto place = place_of(each.module);
            kinds_[kind_of(each, place)].push_back({&each, std::move(place)});
        }
    }

    std::vector<basic_factored_set<T>> sets() const {
        std::vector<basic_factored_set<T>> all;
        for (const auto& [kind, updates] : kinds_) all.push_back(set_of(kind, updates));
        return all;
    }

  private:
    update_kind kind_of(const low_rank_update& update, const module_place& place) const {
        update_kind kind;
        kind.layered = place.layer.has_value();
        kind.in = adapter_.file.record(update.A).shape[1];
        kind.out = adapter_.file.record(update.B).shape[0];
        const auto known = port_of_module(update.module, place.layer.value_or(0), layers_);
        (known.port.flow == flow::writes ? kind.right : kind.left) = known.port;
        kind.is_sure = known.is_sure;
        return kind;
    }

    basic_factored_set<T> set_of(const update_kind& kind, const std::vector<placed_update>& updates) const {
        std::vector<std::string> modules;
        for (const auto& each : updates) modules.push_back(each.place.name);
        std::sort(modules.begin(), modules.end());
        modules.erase(std::unique(modules.begin(), modules.end()), modules.end());
        basic_factored_set<T> set;
        for (const auto& name : modules) set.name += (set.name.empty() ? "" : "+") + name;
        set.axes = axes({{"layer", kind.layered ? layers_ : 1}, axis("module", modules)},
                        {{"head", kind.layered ? "L{layer}.{module}" : "{module}"}});
        set.left = kind.left;
        set.right = kind.right;
        set.file = adapter_.file.path().string();
        set.provenance = "adapter " + adapter_.label() + " alone";
        if (!kind.is_sure)
            set.provenance += "; " + set.name +
                              ": models with such names differ in where these meet the "
                              "stream; no edge is taken that one of them lacks";
        fill(set, kind, updates, modules);
        return set;
    }

    void fill(basic_factored_set<T>& set, const update_kind& kind, const std::vector<placed_update>& updates,
              const std::vector<std::string>& modules) const {
        std::size_t rank = 0;
        for (const auto& each : updates) rank = (std::max)(rank, rank_of(*each.update));
        const auto in = static_cast<std::size_t>(kind.in), out = static_cast<std::size_t>(kind.out);
        const basic_factored_matrix<T> none{padded(basic_matrix<T>(), in, rank),
                                            padded(basic_matrix<T>(), rank, out)};
        set.matrices.assign(static_cast<std::size_t>(set.axes.shape_rows()), none);
        for (const auto& [update, place] : updates) {
            const auto at = std::lower_bound(modules.begin(), modules.end(), place.name) - modules.begin();
            const auto k = place.layer.value_or(0) * modules.size() + static_cast<std::size_t>(at);
            set.matrices[k] = {padded(factor(update->A).transposed(), in, rank),
                               padded(scaled_matrix(factor(update->B).transposed(),
                                                    std::vector<double>(rank_of(*update), update->scale),
                                                    std::vector<double>(out)),
                                      rank, out),
                               update->A, update->B};
        }
    }

    std::size_t rank_of(const low_rank_update& update) const {
        return static_cast<std::size_t>(adapter_.file.record(update.A).shape[0]);
    }

    basic_matrix<T> factor(const std::string& name) const {
        return stored_table<T>(adapter_.file, adapter_.file.record(name));
    }

    const low_rank_adapter& adapter_;
    std::size_t layers_ = 1;
    std::map<update_kind, std::vector<placed_update>> kinds_;
};

} // namespace detail

template <std::floating_point T>
std::vector<basic_factored_set<T>> adapter_updates(const low_rank_adapter& adapter) {
    return detail::update_sets<T>(adapter).sets();
}

#ifdef SVDLENS_COMPILED
template std::vector<basic_factored_set<float>> adapter_updates(const low_rank_adapter& adapter);
template std::vector<basic_factored_set<double>> adapter_updates(const low_rank_adapter& adapter);
#endif

} // namespace svdlens::inline v0_2

#endif
