#include "svdlens/core/shard_run.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <random>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#ifdef __unix__
#include <csignal>
#include <sys/wait.h>
#include <unistd.h>
#endif

#include "support/catch.hpp"
#include "support/cut_source.hpp"
#include "support/message_of.hpp"
#include "support/random_scores.hpp"
#include "support/temporary_directory.hpp"
#include "support/tiled_source.hpp"
#include "svdlens/core/detail/state_file.hpp"
#include "svdlens/core/error.hpp"
#include "svdlens/table/ask.hpp"
#include "svdlens/table/describe.hpp"
#include "svdlens/table/ecdf.hpp"
#include "svdlens/table/histogram.hpp"
#include "svdlens/table/tails.hpp"
#include "svdlens/table/tiling.hpp"
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
    const auto steps = sl::ecdf(source, 12, run);
    for (std::size_t k = 0; k < steps.values.size(); ++k) {
        say(bits, steps.values[k]);
        say(bits, steps.shares[k]);
    }
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

/// One pass, and rows and sums of it.
template <class Source>
said tails_of(const Source& source, const sl::execution& run) {
    const auto tails = sl::find_tails(source, {.low = 0.01, .high = 0.99}, run);
    said bits;
    say(bits, tails.rows);
    say(bits, tails.bounds.low);
    return bits;
}

fs::path file_of(const fs::path& folder, std::size_t index, std::size_t count) {
    return folder / "round-1" /
           ("shard-000" + std::to_string(index) + "-of-000" + std::to_string(count) + ".states");
}

bool says(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

/// What merging says of a folder.
std::string refusal(const fs::path& folder, const std::vector<sl::shard_fact>& facts = work) {
    return message_of([&] { const sl::shard_run merging(folder, facts); });
}

/// How many runs of a random kind there are: few, or what run_all.sh asks for.
int random_runs() {
    const char* const runs = std::getenv("SVDLENS_TEST_RUNS");
    return runs != nullptr ? std::atoi(runs) : 3;
}

/// 50 million scores that are computed as they are read: a hash of the row, with a bell about zero.
class made_scores {
  public:
    using value_type = float;

    made_scores() {
        std::vector<std::uint64_t> lines(1000);
        for (std::size_t k = 0; k < lines.size(); ++k) lines[k] = k;
        tiles_ = {50'000, lines, {{0, {0, lines.size()}, {{0, 50'000}}}}, {256, 1024}};
    }

    const sl::axes& axes() const { return axes_; }
    const sl::tiling& tiles() const { return tiles_; }
    std::uint64_t max_rows() const { return tiles_.size(); }
    std::size_t blocks() const { return tiles_.blocks(); }

    sl::score_block<float> block(std::size_t i, sl::block_buffer<float>& buffer) const {
        const auto tile = tiles_(i);
        buffer.scores.clear();
        for (std::size_t line = tile.line; line < tile.line + tile.lines; ++line)
            for (std::size_t column = tile.column; column < tile.column + tile.columns; ++column)
                buffer.scores.push_back(score(line * 50'000 + column));
        return tiles_.block(tile, buffer.scores.data(), tile.columns, buffer);
    }

  private:
    static float score(std::uint64_t row) { // SplitMix64; the sum of its four parts
        std::uint64_t x = row * 0x9e3779b97f4a7c15U;
        x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9U;
        x = (x ^ (x >> 27)) * 0x94d049bb133111ebU;
        x ^= x >> 31;
        float sum = -2;
        for (int k = 0; k < 4; ++k) sum += static_cast<float>(x >> (16 * k) & 0xffff) * 0x1p-16F;
        return sum;
    }

    sl::axes axes_ = sl::axes({{"line", 1000}, {"column", 50'000}});
    sl::tiling tiles_;
};

/// A tiled source that does not say so: its blocks are cut by their number.
template <class Source>
struct untiled_source {
    using value_type = float;

    const Source& of;

    const sl::axes& axes() const { return of.axes(); }
    std::uint64_t max_rows() const { return of.max_rows(); }
    std::size_t blocks() const { return of.blocks(); }
    sl::score_block<float> block(std::size_t i, sl::block_buffer<float>& buffer) const {
        return of.block(i, buffer);
    }
};

} // namespace

TEST_CASE("shards of 50 million scores find what one process finds") {
    if (std::getenv("SVDLENS_LARGE") == nullptr) return;
    const made_scores source;
    const auto ask_some = [&](const sl::execution& run) {
        const auto [summary, tails, best] =
            sl::ask(source, sl::describe({0.001, 0.5}), sl::find_tails({.low = 0.0001, .high = 0.9999}),
                    sl::top_k(100), run);
        said bits;
        for (const auto& [name, value] : sl::statistics(summary)) say(bits, value);
        say(bits, tails.rows);
        say(bits, best);
        return bits;
    };
    const auto alone = ask_some({});
    for (const std::size_t count : {1U, 2U, 4U, 7U, 200U}) {
        const temporary_directory folder;
        const auto found = merged(folder.path(), count, 2, ask_some);
        CHECK(found.first == alone);
        CHECK(found.second == 2);
    }
}

TEST_CASE("shards find what one process finds, to the bit") {
    const auto tiled = causal_scores(random_scores<float>(4800, 7));
    const cut_source<double> cut(tiled.axes(), random_scores<double>(4800, 8), 9);
    const auto alone = ask_all(tiled, {}), alone_cut = ask_all(cut, {});
    const bool all = random_runs() > 3;
    for (const std::size_t count : {1U, 2U, 4U, 7U})
        for (const unsigned threads : {1U, 2U}) {
            if (!all && threads == 1 + count % 2) continue;
            const temporary_directory folder;
            const auto of_tiles = [&](const auto& run) { return ask_all(tiled, run); };
            CHECK(merged(folder.path() / "a", count, threads, of_tiles).first == alone);
            if (!all && count != 4) continue;
            const auto of_cuts = [&](const auto& run) { return ask_all(cut, run); };
            CHECK(merged(folder.path() / "b", count, threads, of_cuts).first == alone_cut);
        }
}

TEST_CASE("units of one name are kept apart, wherever the first of them is left") {
    const auto first = causal_scores(random_scores<float>(4800, 7));
    const auto second = causal_scores(random_scores<float>(4800, 8));
    const auto job = [&](const sl::execution& run) {
        said bits;
        for (const auto* source : {&first, &second})
            sl::detail::do_unit(run.shared, "one", [&] {
                say(bits, sl::find_tails(*source, {.low = 0.3, .high = 0.8}, run).rows);
                say(bits, sl::top_k(*source, 3, run));
            });
        sl::detail::throw_if_pending(run.shared);
        return bits;
    };
    const temporary_directory folder;
    const auto [found, rounds] = merged(folder.path(), 2, 1, job);
    CHECK(found == job({}));
    CHECK(rounds > 1);
}

TEST_CASE("what is wrong with shards is said of all of them at once") {
    const auto source = causal_scores(random_scores<float>(4800, 7));
    const temporary_directory folder;
    const auto& place = folder.path();
    CHECK(says(refusal(place), "round-1: no shards are there"));
    const auto job = [&](const auto& run) { tails_of(source, run); };
    make_round(place, 5, 1, job);
    CHECK(refusal(place).empty());

    const auto whole = read_file(file_of(place, 2, 5));
    fs::remove(file_of(place, 1, 5));
    write_file(file_of(place, 2, 5), whole.substr(0, whole.size() - 20));
    auto flipped = read_file(file_of(place, 3, 5));
    flipped[flipped.size() / 2] ^= 1;
    write_file(file_of(place, 3, 5), flipped);
    fs::copy_file(file_of(place, 4, 5), file_of(place, 4, 5).replace_extension(".copy.states"));
    const auto said = refusal(place);
    CHECK(says(said, "shard-0001-of-0005.states: is missing: run shard 1/5"));
    CHECK(says(said, "shard-0002-of-0005.states: it is cut short"));
    CHECK(says(said, "shard-0003-of-0005.states: damaged from byte"));
    CHECK(says(said, "shard-0004-of-0005.copy.states: holds shard 4"));

    fs::remove(file_of(place, 4, 5).replace_extension(".copy.states"));
    make_round(place, 5, 1, job); // those that are missing or broken are made again, no others
    CHECK(refusal(place).empty());
    auto other = work;
    other[0].value = "xyz";
    CHECK(says(refusal(place, other), "of other work: model abc instead of xyz"));
    CHECK(says(message_of([&] { const sl::shard_run again(place, {2, 5}, other); }), "of other work"));
    auto elsewhere = work;
    elsewhere[2].value = "neon";
    CHECK(says(refusal(place, elsewhere), "machine avx2 instead of neon"));
    sl::shard_run mixed(place, elsewhere, sl::unlike_machines::accepted);
    CHECK(says(mixed.unlike(), "machine avx2 instead of neon"));
    CHECK(tails_of(source, mixed.of({})) == tails_of(source, {}));
    CHECK(says(message_of([&] { const sl::shard_run none(place, {0, 5}, work); }), "0/5"));
}

TEST_CASE("every byte of a shard's file counts, and so does its end") {
    const auto source = causal_scores(random_scores<float>(4800, 7));
    const temporary_directory folder;
    const auto& place = folder.path();
    make_round(place, 1, 1, [&](const auto& run) { tails_of(source, run); });
    const auto whole = read_file(file_of(place, 1, 1));
    for (std::size_t k = 0; k < 60; ++k) {
        const std::size_t at = k * (whole.size() - 1) / 59;
        auto broken = whole;
        broken[at] ^= 4;
        write_file(file_of(place, 1, 1), broken);
        CHECK(!refusal(place).empty());
        write_file(file_of(place, 1, 1), whole.substr(0, at));
        CHECK(!refusal(place).empty());
    }
    write_file(file_of(place, 1, 1), whole + "x");
    CHECK(!refusal(place).empty());
    write_file(file_of(place, 1, 1), whole);
    CHECK(refusal(place).empty());
}

TEST_CASE("a shard that two processes do is there once and whole") {
    const auto source = causal_scores(random_scores<float>(4800, 7));
    const temporary_directory folder;
    const auto& place = folder.path();
    const auto job = [&](const auto& run) { tails_of(source, run); };
    make_round(place, 2, 1, job);
    const auto whole = read_file(file_of(place, 1, 2));
    fs::remove(file_of(place, 1, 2));
    write_file(file_of(place, 1, 2).string() + ".part77", "of one that was killed");
    sl::shard_run early(place, {1, 2}, work), late(place, {1, 2}, work);
    for (auto* shards : {&early, &late}) CHECK_THROWS_AS(job(shards->of({.threads = 1})), sl::pending_error);
    CHECK(files_in(place / "round-1") == 4); // each writes a file of its own
    early.commit();
    CHECK(files_in(place / "round-1") == 2);
    CHECK(read_file(file_of(place, 1, 2)) == whole);
    late.commit(); // whose file is gone: the other is as good
    CHECK(late.is_done());
    CHECK(read_file(file_of(place, 1, 2)) == whole);

    fs::remove(file_of(place, 1, 2));
    sl::shard_run lost(place, {1, 2}, work);
    CHECK_THROWS_AS(job(lost.of({.threads = 1})), sl::pending_error);
    fs::remove_all(place / "round-1");
    CHECK_THROWS_AS(lost.commit(), sl::file_error); // no other is there
}

TEST_CASE("unlike machines of an earlier round are refused, or said") {
    const auto source = causal_scores(random_scores<float>(4800, 7));
    const temporary_directory folder;
    const auto& place = folder.path();
    const auto job = [&](const auto& run) { return ask_all(source, run); };
    make_round(place, 2, 1, job);
    {
        sl::shard_run merging(place, work);
        CHECK_THROWS_AS(job(merging.of({})), sl::pending_error);
        merging.begin_round();
    }
    auto elsewhere = work;
    elsewhere[2].value = "neon";
    const auto accepted = sl::unlike_machines::accepted;
    CHECK(says(message_of([&] {
                   const sl::shard_run second(place, {1, 2}, elsewhere);
               }),
               "plan.states: machine avx2 instead of neon"));
    for (const std::size_t k : {1U, 2U}) {
        sl::shard_run second(place, {k, 2}, elsewhere, accepted);
        CHECK(second.round() == 2);
        CHECK_THROWS_AS(job(second.of({})), sl::pending_error);
        second.commit();
    }
    CHECK(sl::shard_run(place, {1, 2}, elsewhere, accepted).is_done()); // not again
    CHECK(sl::shard_run(place, {1, 2}, work, accepted).is_done());
    sl::shard_run merging(place, elsewhere, accepted);
    CHECK(says(merging.unlike(), "plan.states: machine avx2 instead of neon"));
    CHECK(!says(merging.unlike(), "round-2"));
    const sl::shard_run back(place, work, accepted);
    CHECK(says(back.unlike(), "round-2/shard-0001-of-0002.states: machine neon instead of avx2"));
    CHECK(says(back.unlike(), "plan.states: machine avx2 instead of neon")); // as its shards have noted
    CHECK(says(refusal(place), "machine neon instead of avx2"));
}

TEST_CASE("parts that leave out blocks, or have some twice, are refused") {
    const auto source = causal_scores(random_scores<float>(4800, 7));
    const untiled_source<std::remove_cvref_t<decltype(source)>> whole{source};
    const temporary_directory folder;
    const auto& place = folder.path();
    const auto make = [&](std::size_t k, const auto& of) {
        sl::shard_run shards(place, {k, 2}, work);
        CHECK_THROWS_AS(tails_of(of, shards.of({.threads = 1})), sl::pending_error);
        shards.commit();
    };
    make(1, source);
    make(2, whole);
    const auto merge = [&] {
        sl::shard_run merging(place, work);
        tails_of(source, merging.of({}));
    };
    CHECK(says(message_of(merge), "holds blocks"));
    fs::remove(file_of(place, 2, 2));
    make(2, source);
    CHECK(message_of(merge).empty());
}

TEST_CASE("a plan of impossible shards is refused before anything is made of it") {
    const auto write_plan = [](const fs::path& folder, std::uint64_t round, std::uint64_t count) {
        sl::detail::state_file_writer file(folder / "plan.states");
        file.begin(sl::detail::chunk_kind::header);
        std::uint64_t index = 0, facts = 0;
        file.pipe()(round, index, count, facts);
        file.commit();
    };
    const temporary_directory folder;
    for (const auto& [round, count] :
         {std::pair<std::uint64_t, std::uint64_t>{2, ~std::uint64_t{0}}, {2, 0}, {1, 2}, {2'000'000, 2}}) {
        write_plan(folder.path(), round, count);
        CHECK(says(refusal(folder.path(), {}), "plan.states: no plan"));
    }
}

#ifdef __unix__
TEST_CASE("a shard that is killed and started again changes nothing") {
    const auto source = causal_scores(random_scores<float>(4800, 7));
    const auto alone = tails_of(source, {});
    const temporary_directory folder;
    const auto& place = folder.path();
    const auto job = [&](const auto& run) { tails_of(source, run); };
    std::random_device random;
    for (int k = 0; k < random_runs(); ++k) {
        const pid_t child = fork();
        if (child == 0) {
            for (;;) { // it is killed at work, whenever that is
                make_round(place, 3, 1, job);
                fs::remove(file_of(place, 2, 3));
            }
        }
        ::usleep(random() % 20'000);
        ::kill(child, SIGKILL);
        ::waitpid(child, nullptr, 0);
        CHECK(merged(place, 3, 1, [&](const auto& run) { return tails_of(source, run); }).first == alone);
        CHECK(files_in(place / "round-1") == 3); // what the killed one left is gone
        fs::remove(file_of(place, 1, 3));
    }
}
#endif

TEST_CASE("a question whose states cannot be written has no shards") {
    const auto source = causal_scores(random_scores<float>(4800, 7));
    const temporary_directory folder;
    sl::shard_run shards(folder.path(), {1, 2}, work);
    CHECK(says(message_of([&] { sl::ecdf(source, sl::by("head"), 5, shards.of({})); }), "cannot be written"));
}

TEST_CASE("states of another question are refused before they are used") {
    const auto source = causal_scores(random_scores<float>(4800, 7));
    const auto check = [&](auto one, auto other) {
        const temporary_directory folder;
        for (const std::size_t k : {1U, 2U}) {
            sl::shard_run shards(folder.path(), {k, 2}, work);
            CHECK_THROWS_AS(k == 1 ? one(shards.of({})) : other(shards.of({})), sl::pending_error);
            shards.commit();
        }
        CHECK(says(message_of([&] {
                       sl::shard_run merging(folder.path(), work);
                       one(merging.of({}));
                   }),
                   "0002-of-0002.states: a state that no question"));
    };
    const auto in_bins = [&](std::size_t count) {
        return [&source, count](const sl::execution& run) {
            std::vector<double> edges;
            for (std::size_t k = 0; k <= count; ++k) edges.push_back(static_cast<double>(k));
            sl::histogram(source, edges, run);
        };
    };
    check(in_bins(2), in_bins(5));
    const auto best_of = [&](const char* column) {
        return [&source, column](const sl::execution& run) { sl::top_k(source, 2, sl::by(column), run); };
    };
    check(best_of("head"), best_of("neuron"));
}

TEST_CASE("a shard is said as 2/7") {
    CHECK(sl::to_shard("2/7") == sl::shard{2, 7});
    for (const char* wrong : {"", "2", "0/7", "8/7", "2/0", "a/7", "2/7x", "-1/7", "2/7000000", "2//7"})
        CHECK(!message_of([&] { sl::to_shard(wrong); }).empty());
}
