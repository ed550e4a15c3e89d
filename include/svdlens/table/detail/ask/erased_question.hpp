/// @file
/// A question behind one type, so that the loop over blocks is compiled once for each type of score.
#ifndef SVDLENS_TABLE_DETAIL_ASK_ERASED_QUESTION_HPP
#define SVDLENS_TABLE_DETAIL_ASK_ERASED_QUESTION_HPP

#include <concepts>
#include <cstdint>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>
#include <vector>

#include "../../question.hpp"
#include "../../score_source.hpp"

namespace svdlens::inline v0_2::detail {

/// A state of a question's own type.
using erased_state = std::shared_ptr<void>;

/// A question as the loop sees it. Refers to the question, which outlives it.
template <std::floating_point T>
struct erased_question {
    void* question = nullptr;
    erased_state plan; ///< of the pass at hand
    merge_order (*order)(const void* question) = nullptr;
    unsigned (*passes_left)(const void* question) = nullptr;
    std::uint64_t (*bytes)(const void* question) = nullptr;
    erased_state (*make_state)() = nullptr;
    erased_state (*begin_pass)(void* question) = nullptr;
    void (*look)(const void* question, const void* plan, const score_block<T>& block, void* state) = nullptr;
    void (*merge)(const void* question, void* into, void* later) = nullptr;
    void (*end_band)(void* question, void* state) = nullptr;
    void (*end_pass)(void* question, void* all) = nullptr;
};

/// What a question holds of the memory budget while it is at work; those that do not say hold little.
template <class Q>
std::uint64_t bytes_of(const Q& q) {
    if constexpr (requires { q.bytes(); })
        return q.bytes();
    else
        return 0;
}

template <std::floating_point T, bound_question<T> Q>
erased_question<T> erase_question(Q& question) {
    using state = typename Q::state;
    using plan = std::remove_cvref_t<decltype(question.begin_pass())>;
    erased_question<T> result;
    result.question = &question;
    result.order = [](const void* q) -> merge_order { return static_cast<const Q*>(q)->order; };
    result.passes_left = [](const void* q) -> unsigned { return static_cast<const Q*>(q)->passes_left(); };
    result.bytes = [](const void* q) { return bytes_of(*static_cast<const Q*>(q)); };
    result.make_state = []() -> erased_state { return std::make_shared<state>(); };
    result.begin_pass = [](void* q) -> erased_state {
        return std::make_shared<plan>(static_cast<Q*>(q)->begin_pass());
    };
    result.look = [](const void* q, const void* p, const score_block<T>& block, void* s) {
        static_cast<const Q*>(q)->look(*static_cast<const plan*>(p), block, *static_cast<state*>(s));
    };
    result.merge = [](const void* q, void* into, void* later) {
        static_cast<const Q*>(q)->merge(*static_cast<state*>(into), *static_cast<state*>(later));
    };
    result.end_band = [](void* q, void* s) {
        if constexpr (requires(Q& sink, state& band) { sink.end_band(band); })
            static_cast<Q*>(q)->end_band(*static_cast<state*>(s));
    };
    result.end_pass = [](void* q, void* s) { static_cast<Q*>(q)->end_pass(*static_cast<state*>(s)); };
    return result;
}

/// Appends a question, or those that it is made of.
template <std::floating_point T, class Q>
void append_erased(Q& question, std::vector<erased_question<T>>& list) {
    if constexpr (composed_question<Q>)
        question.parts([&](auto& part) { append_erased<T>(part, list); });
    else
        list.push_back(erase_question<T>(question));
}

} // namespace svdlens::inline v0_2::detail

#endif
