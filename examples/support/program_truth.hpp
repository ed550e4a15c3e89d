/// @file
/// Which channels a compiled program has: every pair of a writer and a reader that share a coordinate, by class.
/// Pairs that are not listed have none.
#ifndef SVDLENS_EXAMPLES_PROGRAM_TRUTH_HPP
#define SVDLENS_EXAMPLES_PROGRAM_TRUTH_HPP

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "program_weights.hpp"

namespace planted::compiler {

/// What a channel is for the program that has it.
enum class edge_kind {
    route,  ///< answers go through it
    helper, ///< it is there, and no answer needs it, or no matrix shows it: counted neither way
    null    ///< an end of it was turned away: it is not there any more
};

inline const char* to_text(edge_kind kind) {
    constexpr const char* names[] = {"route", "helper", "null"};
    return names[static_cast<std::size_t>(kind)];
}

/// A channel between nodes that are called as they are in any table: `3` (a token, or a position: the class says which),
/// `L0H2`, `L2N17`. What a key/value head reads is a channel of every head that shares it: a route of the program's own
/// head, a helper of the others.
struct true_edge {
    std::string kind_of; ///< the class: `head_to_head_k`
    std::string source, via, target;
    double cosine; ///< ideal: without noise, of the best pair of vectors; of a path the least of its hops
    edge_kind kind;
    std::string parts; ///< that it is made of
};

namespace detail {

/// One vector of an end: a coordinate pattern, and whether an answer needs it.
struct channel {
    pattern along;
    bool is_helper = false;
    bool stays = false; ///< where its end is turned away
};

/// A place that writes or reads. What is written at `time` is seen by what reads later.
struct end {
    std::string side; ///< `token`, `position`, `head`, `neuron`; `head_q`, `neuron_in`, ...
    std::vector<std::string>
        labels; ///< the program's own head first, then those that share its keys and values
    std::string part;
    std::size_t time;
    std::vector<channel> channels;
    std::size_t number = 0; ///< of a head in the listing
};

class truth_maker {
  public:
    explicit truth_maker(const compiled_program& p) : p_(p), lengths_(p.basis * p.basis.transpose()) {
        add_inputs();
        add_heads();
        add_sinks();
        add_neurons();
        for (const auto& each : p.source.outputs)
            readers_.push_back({"token", {std::to_string(each.token)}, "unembedding", 1000, {{each.reads}}});
    }

    std::vector<true_edge> make() {
        for (const auto& writer : writers_)
            for (const auto& reader : readers_) add_edge(writer, reader);
        for (const auto& writer : writers_)
            if (writer.side == "token") add_paths(writer);
        return std::move(edges_);
    }

  private:
    static std::string place(std::size_t layer, char kind, std::size_t k) {
        return "L" + std::to_string(layer) + kind + std::to_string(k);
    }

    /// The heads that share a key/value head.
    std::vector<std::string> heads_of(std::size_t layer, std::size_t group) const {
        const std::size_t in_group = n_heads / n_groups(p_.made_with.form);
        std::vector<std::string> labels;
        for (std::size_t h = group * in_group; h < (group + 1) * in_group; ++h)
            labels.push_back(place(layer, 'H', h));
        return labels;
    }

    void add_inputs() {
        const auto& s = p_.source;
        for (std::size_t t = 0; t < s.tokens; ++t)
            writers_.push_back({"token", {std::to_string(t)}, "embedding", 0, {{{{s.first_token + t}}}}});
        if (p_.weights.positions.rows() == 0) return;
        for (std::size_t t = 0; t < s.positions; ++t)
            writers_.push_back(
                {"position", {std::to_string(t)}, "positions", 0, {{{{s.first_position + t}}}}});
    }

    void add_heads() {
        for (std::size_t k = 0; k < p_.source.heads.size(); ++k) {
            const auto& head = p_.source.heads[k];
            const auto& at = p_.places.heads[k];
            const std::vector<std::string> own{place(at.layer, 'H', at.head)};
            auto shared = heads_of(at.layer, at.group);
            std::rotate(shared.begin(), std::find(shared.begin(), shared.end(), own.front()), shared.end());
            const std::size_t reads = 4 * at.layer + 1;
            const channel sink{{{p_.source.first_token}}, true, true}; // a bias asks for it
            end q{"head_q", own, head.part, reads, {}, k}, key{"head_k", shared, head.part, reads, {sink}, k};
            for (const auto& each : head.matches) {
                if (!each.query.empty()) q.channels.push_back({each.query, each.is_helper});
                // What meets a bias is in no product of W_Q and W_K.
                key.channels.push_back({each.key, each.is_helper || each.query.empty()});
            }
            end v{"head_v", shared, head.part, reads, {}, k}, o{"head", own, head.part, reads + 1, {}, k};
            for (const auto& each : head.copies) {
                v.channels.push_back({each.from});
                o.channels.push_back({each.to});
            }
            for (auto* each : {&q, &key, &v}) readers_.push_back(std::move(*each));
            writers_.push_back(std::move(o));
        }
    }

    /// Heads wired to nothing have the same sink.
    void add_sinks() {
        for (std::size_t l = 0; l < n_layers; ++l)
            for (std::size_t g = 0; g < n_groups(p_.made_with.form); ++g) {
                end key{"head_k", heads_of(l, g), "sink", 4 * l + 1, {{{{p_.source.first_token}}, true}}};
                const bool is_known = std::any_of(readers_.begin(), readers_.end(), [&](const end& e) {
                    return e.side == key.side &&
                           std::find(e.labels.begin(), e.labels.end(), key.labels.front()) != e.labels.end();
                });
                if (!is_known) readers_.push_back(std::move(key));
            }
    }

    void add_neurons() {
        const bool gated = p_.made_with.form == form::rms_norm;
        for (std::size_t k = 0; k < p_.source.neurons.size(); ++k) {
            const auto& n = p_.source.neurons[k];
            const std::vector<std::string> label{place(n.layer, 'N', p_.places.neurons[k])};
            const std::size_t reads = 4 * n.layer + 3;
            writers_.push_back({"neuron", label, n.part, reads + 1, {{n.writes}}});
            if (!gated) {
                readers_.push_back({"neuron_in", label, n.part, reads, {{n.reads}}});
                continue;
            }
            const bool splits = n.is_conjunction;
            readers_.push_back(
                {"neuron_gate", label, n.part, reads, {{splits ? pattern{n.reads.front()} : n.reads}}});
            if (splits) readers_.push_back({"neuron_in", label, n.part, reads, {{{n.reads.back()}}}});
        }
    }

    double dot(const pattern& a, const pattern& b) const {
        double sum = 0;
        for (const auto& x : a)
            for (const auto& y : b) sum += x.weight * y.weight * lengths_(at(x.coordinate), at(y.coordinate));
        return sum;
    }

    double cosine(const pattern& a, const pattern& b) const {
        return dot(a, b) / std::sqrt(dot(a, a) * dot(b, b));
    }

    static bool meet(const pattern& a, const pattern& b) {
        for (const auto& x : a)
            for (const auto& y : b)
                if (x.coordinate == y.coordinate) return true;
        return false;
    }

    bool is_broken(const end& a, const end& b) const {
        const auto& broken = p_.made_with.broken;
        return !broken.empty() && (a.part == broken) != (b.part == broken);
    }

    /// The best of the channels that meet: its cosine (0: none), and whether all are helpers.
    std::pair<double, bool> best(const std::vector<channel>& from, const std::vector<channel>& to) const {
        double most = 0;
        bool only_helpers = true;
        for (const auto& a : from)
            for (const auto& b : to) {
                if (!meet(a.along, b.along)) continue;
                const bool helps = a.is_helper || b.is_helper;
                const double c = cosine(a.along, b.along);
                if ((helps == only_helpers && std::abs(c) > std::abs(most)) || (only_helpers && !helps))
                    most = c;
                only_helpers = only_helpers && helps;
            }
        return {most, only_helpers};
    }

    /// Whether the reader has a channel that is not turned away with it.
    bool keeps(const end& writer, const end& reader) const {
        if (writer.part == p_.made_with.broken) return false;
        return std::any_of(reader.channels.begin(), reader.channels.end(), [&](const channel& each) {
            return each.stays && meet(writer.channels.front().along, each.along);
        });
    }

    edge_kind kind_of(const end& writer, const end& reader, bool only_helpers) const {
        if (is_broken(writer, reader)) return keeps(writer, reader) ? edge_kind::helper : edge_kind::null;
        return only_helpers ? edge_kind::helper : edge_kind::route;
    }

    /// No answer goes through a head that shares another's keys or values.
    static edge_kind of_label(const end& reader, const std::string& label, edge_kind kind) {
        return kind == edge_kind::route && label != reader.labels.front() ? edge_kind::helper : kind;
    }

    void add_edge(const end& writer, const end& reader) {
        if (writer.time >= reader.time) return;
        const auto [c, only_helpers] = best(writer.channels, reader.channels);
        if (c == 0) return;
        for (const auto& label : reader.labels)
            edges_.push_back({writer.side + "_to_" + reader.side, writer.labels.front(), "", label, c,
                              of_label(reader, label, kind_of(writer, reader, only_helpers)),
                              writer.part + "; " + reader.part});
    }

    /// From a token through one head, or two by their values, to whatever reads what it writes.
    void add_paths(const end& token) {
        for (const auto& v : readers_) {
            if (v.side != "head_v") continue;
            const auto& copies = p_.source.heads[v.number].copies;
            for (const auto& each : copies)
                if (meet(token.channels.front().along, each.from))
                    follow(token, v, each, cosine(token.channels.front().along, each.from), "",
                           is_broken(token, v), token.part + "; " + v.part);
        }
    }

    void follow(const end& token, const end& v, const copy& through, double c, const std::string& before,
                bool broken, const std::string& parts) {
        const auto& o = writer_of(v.number);
        const std::string via = before + (before.empty() ? "" : " ") + o.labels.front();
        for (const auto& reader : readers_) {
            if (o.time >= reader.time) continue;
            for (const auto& each : reader.channels) {
                if (each.is_helper || !meet(through.to, each.along)) continue;
                const double least = std::min(std::abs(c), std::abs(cosine(through.to, each.along)));
                const bool is_cut = broken || is_broken(o, reader);
                for (const auto& label : reader.labels)
                    edges_.push_back({"path_to_" + reader.side, token.labels.front(), via, label, least,
                                      is_cut ? edge_kind::null : of_label(reader, label, edge_kind::route),
                                      parts + "; " + reader.part});
                if (reader.side != "head_v" || !before.empty()) continue;
                for (const auto& next : p_.source.heads[reader.number].copies)
                    if (meet(through.to, next.from))
                        follow(token, reader, next, least, via, is_cut, parts + "; " + reader.part);
            }
        }
    }

    const end& writer_of(std::size_t head) const {
        return *std::find_if(writers_.begin(), writers_.end(),
                             [&](const end& e) { return e.side == "head" && e.number == head; });
    }

    const compiled_program& p_;
    matrix lengths_; // dot products of the coordinates' vectors
    std::vector<end> writers_, readers_;
    std::vector<true_edge> edges_;
};

} // namespace detail

/// All channels of a program.
inline std::vector<true_edge> truth_of(const compiled_program& program) {
    return detail::truth_maker(program).make();
}

} // namespace planted::compiler

#endif
