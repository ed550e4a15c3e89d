/// @file
/// What is asked of a source: a value that looks at every block, and knows nothing of who hands them out.
#ifndef SVDLENS_TABLE_QUESTION_HPP
#define SVDLENS_TABLE_QUESTION_HPP

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <utility>

#include "../core/execution.hpp"
#include "../tensor/axes.hpp"
#include "score_source.hpp"

namespace svdlens::inline v0_2 {

/// In which order the states of blocks are put together.
enum class merge_order {
    any,    ///< as workers find them, a worker's blocks in one state: counts, candidates
    blocks, ///< ascending by block, in ranges that depend on nothing but how many blocks there are: sums
    rows,   ///< ascending by block, and told where the rows of a band of blocks end: sinks
};

/// What a question is told of the table before the first pass.
template <std::floating_point T>
struct asked_table {
    using value_type = T;

    const svdlens::axes& axes;     ///< must outlive the answer's making, not the answer, as must `run`
    std::uint64_t max_rows = 0;    ///< present rows, or an upper bound
    const tiling* tiles = nullptr; ///< whose tiles are the blocks; null where there is none
    bool in_memory = false;        ///< another pass costs little
    const execution& run;          ///< threads, budget and stop; its progress is that of the passes
};

/// A question that knows its table. Passes are made over the table while `passes_left()` is not 0. In each:
/// `begin_pass()` says in a plain value what to look for; workers look at blocks with a state each;
/// states are merged; `end_pass()` is given what all of them found.
///
/// `look` and `merge` are called by several threads at once, with other states. A state that is merged into another
/// is left as a new one: it is used for the next block. `State{}` is that of no block. `order` may differ from pass
/// to pass.
///
/// A state that names its members, `template <class Pipe> void fields(Pipe& pipe) { pipe(count, rows); }` (numbers, vectors,
/// optionals, maps, and structs that do so too), goes through files to other processes (core/shard_run.hpp). What workers
/// share in the question itself comes into a state by `gather(state)`, and is taken from it by `merge`. `fits(state)` says
/// whether one that was read can be of the question: that its sizes and rows are such as `merge` and `end_pass` take for granted.
template <class Q, class T>
concept bound_question =
    std::floating_point<T> && std::move_constructible<Q> && std::default_initializable<typename Q::state> &&
    requires(Q& q, const Q& shared, const score_block<T>& block, typename Q::state& state) {
        { shared.order } -> std::convertible_to<merge_order>;
        { shared.passes_left() } -> std::convertible_to<unsigned>; // 0: done; else about how many
        shared.look(q.begin_pass(), block, state);
        shared.merge(state, state); // adds the second, of later blocks, to the first
        q.end_pass(state);
        q.result();
    };

/// A question made of others that are asked together: `parts(use)` calls `use(part)` for each of them.
template <class Q>
concept composed_question = std::move_constructible<Q> && requires(Q& q) {
    q.parts([](auto&) {});
    q.result();
};

/// What can be asked of any table of T: `bind(table)` makes the question that knows the table. It may refuse there,
/// before any work. Verbs without their source are questions: `describe({0.01, 0.99})`.
template <class Q, class T>
concept question = std::floating_point<T> && requires(const Q& q, const asked_table<T>& table) {
    { q.bind(table).result() };
};

} // namespace svdlens::inline v0_2

#endif
