#include "svdlens/core/shard_run.hpp"

#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "support/catch.hpp"
#include "support/cut_source.hpp"
#include "support/message_of.hpp"
#include "support/random_scores.hpp"
#include "support/temporary_directory.hpp"
#include "support/tiled_source.hpp"
#include "svdlens/table/ask.hpp"
#include "svdlens/table/describe.hpp"
#include "svdlens/table/group_quantiles.hpp"
#include "svdlens/table/histogram.hpp"
#include "svdlens/table/tails.hpp"
#include "svdlens/table/top_k.hpp"

namespace sl = svdlens;
namespace fs = std::filesystem;
using namespace svdlens_tests;

namespace {

/// What some verbs say, as bits.
using said = std::vector<std::uint64_t>;

void say(said& bits, double x) { bits.push_back(std::isnan(x) ? 1 : std::bit_cast<std::uint64_t>(x)); }

template <class T>
void say(said& bits, const sl::basic_selection<T>& rows) {
    bits.push_back(rows.size());
    for (const auto row : rows.rows()) bits.push_back(row);
    for (const auto score : rows.scores()) say(bits, static_cast<double>(score));
}

/// Everything that `edges` asks, and the passes that need another one: two tables, each a unit.
template <class Source>
said ask_all(const Source& source, const sl::execution& run) {
    said bits;
    const auto [summary, tails, best, bins] =
        sl::ask(source, sl::describe({0.001, 0.3, 0.999}), sl::find_tails({.low = 0.01, .high = 0.99}),
                sl::top_k<sl::magnitude>(7), sl::histogram(sl::histogram_options{.bins = 5}), run);
    for (const auto& [name, value] : sl::statistics(summary)) say(bits, value);
    say(bits, tails.rows);
    say(bits, tails.bounds.low);
    say(bits, tails.bounds.high);
    say(bits, best);
    bits.insert(bits.end(), bins.counts.begin(), bins.counts.end());
    say(bits, sl::find_tails(source, {.low = 0.3, .high = 0.8}, run).rows); // many: in two passes
    say(bits, sl::top_k(source, 2, sl::by("head"), run));
    sl::for_each_tail(
        source, {.low = 0.2, .high = 0.7},
        [&](const auto& found) {
            for (std::size_t k = 0; k < found.scores.size(); ++k) bits.push_back(found.row(k));
        },
        run);
    return bits;
}

const std::vector<sl::shard_fact> work{{"model", "abc"}, {"tail", "0.01"}, {"machine", "avx2", true}};

/// The shards of the round at hand, one after the other.
template <class Work>
void make_round(const fs::path& folder, std::size_t count, unsigned threads, Work job) {
    for (std::size_t k = count; k > 0; --k) {
        sl::shard_run shards(folder, {k, count}, work);
        if (shards.is_done()) continue;
        try {
            job(shards.of({.threads = threads}));
        } catch (const sl::pending_error&) {
        }
        shards.commit();
    }
}

/// Rounds until `job` is through in the process that merges: what it says, and how many there were.
template <class Work>
std::pair<said, std::size_t> merged(const fs::path& folder, std::size_t count, unsigned threads, Work job) {
    for (;;) {
        make_round(folder, count, threads, job);
        sl::shard_run merging(folder, work);
        try {
            return {job(merging.of({.threads = 3 - threads})), merging.round()};
        } catch (const sl::pending_error&) {
            merging.begin_round();
        }
    }
}

template <class Source>
said tails_of(const Source& source, const sl::execution& run) {
    const auto [summary, tails] =
        sl::ask(source, sl::describe({0.5}), sl::find_tails({.low = 0.01, .high = 0.9}), run);
    said bits;
    for (const auto& [name, value] : sl::statistics(summary)) say(bits, value);
    say(bits, tails.rows);
    return bits;
}

} // namespace

TEST_CASE("shards find what one process finds, to the bit") {
    const auto tiled = causal_scores(random_scores<float>(4800, 7));
    const cut_source<double> cut(tiled.axes(), random_scores<double>(4800, 8), 9);
    const auto alone = ask_all(tiled, {}), alone_cut = ask_all(cut, {});
    for (const std::size_t count : {1U, 2U, 7U})
        for (const unsigned threads : {1U, 2U}) {
            const temporary_directory folder;
            CHECK(merged(folder.path() / "a", count, threads, [&](const auto& run) {
                      return ask_all(tiled, run);
                  }).first == alone);
            CHECK(merged(folder.path() / "b", count, threads, [&](const auto& run) {
                      return ask_all(cut, run);
                  }).first == alone_cut);
        }
}
