/// @file
/// What a report answers first, as plain values: the page and its JSON are made of the same.
#ifndef SVDLENS_REPORT_DETAIL_ANSWERS_HPP
#define SVDLENS_REPORT_DETAIL_ANSWERS_HPP

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "../../circuit/found_edges.hpp"
#include "../../circuit/head_marks.hpp"
#include "../../circuit/path_tests.hpp"
#include "../../significance/findings.hpp"

namespace svdlens::inline v0_2::detail {

/// An edge that was found.
struct found_line {
    std::string section;
    std::string source;
    std::string target;
    bool is_read = false;        ///< the source is no head: the head reads it
    std::string head;            ///< whose direction is the edge's near end; empty: none
    std::string other_head = {}; ///< a later head that reads it; empty: none
    std::string far_entity = {}; ///< what the far end is: `neuron`, `token`
    std::string role = {};       ///< by which its head reads, where that is not its value: `query`, `key`
    double score = 0;            ///< of the page's kind
    double cosine = 0;
    double singular_value = 0;
    double log10_p = 0;
    double q = 0;
    std::uint64_t line = 0; ///< in findings.csv, which `svdlens analyse` writes of the same model and options
    bool is_doubtful = false; ///< of a table whose control warns
};

/// A pair of heads that compose more than chance.
struct pair_line {
    std::string source;
    std::string target;
    std::string role; ///< of the target that the source feeds: `value`, `query`, `key`
    double composition = 0;
    double share = 0;
    double z = 0;
    double log10_p = 0;
    double q = 0;
};

/// All pairs of heads in one role, as they were tested.
struct pair_family_line {
    std::string role;
    std::uint64_t tested = 0;
    std::uint64_t compose = 0;
    std::uint64_t avoid = 0;
    std::uint64_t reversed = 0; ///< the control: pairs in reverse order
    std::uint64_t reversed_compose = 0;
    std::uint64_t reversed_avoid = 0;
    bool is_doubtful = false; ///< of those that compose
};

/// What is known of a head.
struct head_line {
    std::string label;
    std::size_t layer = 0;
    std::size_t head = 0;
    std::vector<double> spectrum = {}; ///< singular values, descending
    std::size_t nulls = 0;             ///< of them, null space
    double product_edge = 0;           ///< where those of a product of two random factors end
    std::size_t beyond_edge = 0;       ///< how many are larger
    bool is_dead = false;
    head_findings found = {};
    marked_head marked = {};                   ///< what the tests of heads say
    std::vector<std::string> stands_out = {};  ///< by which of them: `copies`, `induction of L0H1`
    std::vector<std::size_t> reads = {};       ///< positions in `answers::edges`, the most significant first
    std::vector<std::size_t> query_reads = {}; ///< what its queries and its keys read
    std::vector<std::size_t> key_reads = {};
    std::vector<std::size_t> writes = {};
    std::vector<std::size_t> feeds = {};
    std::vector<std::size_t> fed_by = {};
    std::vector<std::size_t> feeds_heads = {}; ///< positions in `answers::pairs`, likewise
    std::vector<std::size_t> fed_by_heads = {};
    std::optional<std::size_t> community = {}; ///< of heads that compose more than chance

    double largest() const { return spectrum.empty() ? 0 : spectrum.front(); }
};

/// A table that was tested.
struct family_line {
    std::string name;
    std::uint64_t found = 0;
    std::uint64_t tested = 0;
    std::optional<control_counts> control = {};
    bool is_doubtful = false;
};

/// A path through heads, from an input to an output or to what an MLP reads.
struct path_line {
    std::string section; ///< `embed_to_unembed`
    std::vector<std::string> names;
    double score = 0; ///< its sign is a fact
    std::optional<path_test> test = {};
    std::string from = {}; ///< what its first node is: `input token`, and its last one
    std::string to = {};
};

/// All of it. Everything stands in the order in which it is shown.
struct answers {
    double q = 0;
    std::string null = {};
    std::string score = {}; ///< the page's kind
    std::uint64_t found = 0;
    std::uint64_t tested = 0;
    std::vector<family_line> families = {};
    std::vector<std::string> untested = {}; ///< tables that were not tested, and why
    std::vector<found_line> edges = {};     ///< the most significant first; not more than are held
    std::vector<pair_line> pairs = {}; ///< of roles whose control does not warn, the most significant first
    std::vector<pair_family_line> pair_families = {};
    std::size_t communities = 0;
    std::vector<head_line> heads = {}; ///< those with the most found edges first, then by S₀; dead ones last
    std::vector<path_line> paths = {}; ///< kind by kind, of each the strongest first
    std::vector<std::string> alerts = {};
    std::vector<std::string> notes = {}; ///< which tests of heads are not defined, and why
};

} // namespace svdlens::inline v0_2::detail

#endif
