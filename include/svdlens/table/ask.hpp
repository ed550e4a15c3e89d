/// @file
/// Several questions of one source, asked together: its scores are read, or computed, once for all of them.
#ifndef SVDLENS_TABLE_ASK_HPP
#define SVDLENS_TABLE_ASK_HPP

#include <concepts>
#include <cstddef>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "../core/execution.hpp"
#include "detail/ask/question_loop.hpp"
#include "question.hpp"
#include "score_source.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

/// The answers to some questions, in their order.
template <std::floating_point T, question<T>... Q>
auto ask_together(const score_source_ref<T>& source, const execution& run, const Q&... questions) {
    const auto table = to_asked_table(source, run);
    // Types are spelled out: deduced ones would take a single pair or tuple apart.
    std::tuple<decltype(questions.bind(table))...> bound{questions.bind(table)...};
    std::vector<erased_question<T>> asked;
    std::apply([&](auto&... each) { (append_erased<T>(each, asked), ...); }, bound);
    make_passes(source, asked, run);
    return std::apply([](auto&... each) { return std::tuple<decltype(each.result())...>(each.result()...); },
                      bound);
}

/// Whether the last of some arguments says how to run.
template <class... Arguments>
inline constexpr bool ends_in_run =
    std::same_as<std::tuple_element_t<sizeof...(Arguments) - 1, std::tuple<Arguments...>>, execution>;

} // namespace detail

/// Asks several questions of a source at once, and gives their answers as a tuple in that order:
/// @code
/// const auto [summary, tails, best] = ask(scores, describe({0.01, 0.99}), find_tails({.low = 0.001, .high = 0.999}),
///                                         top_k(5, by("head")), execution{.threads = 4});
/// @endcode
/// A verb without its source is a question, and what it gives is what the verb gives, to the bit. So is any type with
/// the members that `question` asks for. All look at a block while it is in the cache; passes are made as long as one
/// of them needs another, and who is done no longer looks. A sink is called in the last pass of its question.
///
/// As many passes as the question that takes most of them. The questions share `execution::memory_budget`: where it does
/// not hold what all need at once, some wait until others are done, so that nothing is refused that would not be
/// refused alone. Progress counts rows, over all passes.
/// @throws what the questions throw alone; cancelled_error when `run.stop` becomes true
template <score_source S, class... Arguments>
    requires(sizeof...(Arguments) > 0)
auto ask(const S& source, const Arguments&... arguments) {
    using T = typename S::value_type;
    if constexpr (detail::ends_in_run<Arguments...>) {
        const auto all = std::tie(arguments...);
        constexpr std::size_t count = sizeof...(Arguments) - 1;
        return [&]<std::size_t... K>(std::index_sequence<K...>) {
            return detail::ask_together<T>(source, std::get<count>(all), std::get<K>(all)...);
        }(std::make_index_sequence<count>{});
    } else {
        return detail::ask_together<T>(source, execution{}, arguments...);
    }
}

} // namespace svdlens::inline v0_2

#endif
