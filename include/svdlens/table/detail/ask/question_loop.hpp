/// @file
/// The one loop of all verbs that stream: passes over a source as long as a question needs one.
#ifndef SVDLENS_TABLE_DETAIL_ASK_QUESTION_LOOP_HPP
#define SVDLENS_TABLE_DETAIL_ASK_QUESTION_LOOP_HPP

#include <algorithm>
#include <concepts>
#include <cstdint>
#include <memory>
#include <vector>

#include "../../../core/execution.hpp"
#include "../../question.hpp"
#include "../../score_source.hpp"
#include "erased_question.hpp"
#include "kept_scores.hpp"
#include "question_pass.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

/// The questions of the next pass: those at work go on, and others join them as far as the budget holds what they need
/// together. The first always fits: alone each has the whole budget.
template <std::floating_point T>
std::vector<erased_question<T>*> choose_questions(std::vector<erased_question<T>>& asked,
                                                  std::uint64_t budget) {
    std::vector<erased_question<T>*> chosen;
    for (const bool at_work : {true, false}) {
        for (auto& q : asked) {
            if (q.is_at_work() != at_work || q.passes_left() == 0) continue;
            const auto bytes = q.bytes();
            if (bytes > budget && !chosen.empty()) continue;
            budget -= (std::min)(bytes, budget);
            chosen.push_back(&q);
        }
    }
    return chosen;
}

/// About how many passes are to come: those that are chosen look together, the others after them.
template <std::floating_point T>
double passes_to_come(const std::vector<erased_question<T>>& asked,
                      const std::vector<erased_question<T>*>& chosen) {
    double together = 1, later = 0;
    for (const auto& q : asked) {
        const auto left = static_cast<double>(q.passes_left());
        if (std::find(chosen.begin(), chosen.end(), &q) != chosen.end())
            together = (std::max)(together, left);
        else
            later += left;
    }
    return together + later;
}

/// What all questions that are not done hold together.
template <std::floating_point T>
std::uint64_t bytes_together(const std::vector<erased_question<T>>& asked) {
    std::uint64_t sum = 0;
    for (const auto& q : asked) {
        const auto bytes = q.passes_left() == 0 ? 0 : q.bytes();
        sum = bytes > ~std::uint64_t{0} - sum ? ~std::uint64_t{0} : sum + bytes;
    }
    return sum;
}

/// How many bytes of scores are kept for a later pass: of those that are computed as they are read, what the budget holds
/// beside what the questions need. None where that is little of them all, and not worth its memory.
template <std::floating_point T>
std::uint64_t room_to_keep(const score_source_ref<T>& source, const std::vector<erased_question<T>>& asked,
                           const execution& run) {
    constexpr std::uint64_t least_part = 8;
    if (source.tiles_or_null() == nullptr || source.in_memory() || run.shared != nullptr) return 0;
    const auto bytes = kept_scores<T>::bytes_of(source), held = bytes_together(asked);
    const auto room = run.memory_budget - (std::min)(run.memory_budget, held);
    return room < bytes / least_part ? 0 : (std::min)(room, bytes);
}

/// Makes passes until no question needs another. Progress runs through all of them. Scores that are computed are
/// kept from one pass to the next, as many as the memory budget holds.
/// @throws cancelled_error; what a question throws
template <std::floating_point T>
void make_passes(const score_source_ref<T>& source, std::vector<erased_question<T>>& asked,
                 const execution& run) {
    double done = 0;
    std::unique_ptr<kept_scores<T>> kept;
    for (;;) {
        const auto room = room_to_keep(source, asked, run);
        if (kept && kept->bytes() > room) kept.reset();
        const auto chosen = choose_questions(asked, run.memory_budget - room);
        if (chosen.empty()) break;
        run.throw_if_stopped();
        const double left = passes_to_come(asked, chosen);
        const double next = left > 1 ? done + (1 - done) / left : 1;
        if (room != 0 && left > 1 && kept == nullptr) kept = std::make_unique<kept_scores<T>>(source, room);
        question_pass<T>(kept ? score_source_ref<T>(*kept) : source, chosen, run, {done, next}).make();
        done = next;
    }
    if (done < 1 && run.progress) run.progress({source.max_rows(), source.max_rows()});
}

#ifdef SVDLENS_COMPILED
extern template void make_passes(const score_source_ref<float>&, std::vector<erased_question<float>>&,
                                 const execution&);
extern template void make_passes(const score_source_ref<double>&, std::vector<erased_question<double>>&,
                                 const execution&);
#endif

/// What questions are told of a source. Refers to the run.
template <std::floating_point T>
asked_table<T> to_asked_table(const score_source_ref<T>& source, const execution& run) {
    return {source.axes(), source.max_rows(), source.tiles_or_null(), source.in_memory(), run};
}

/// Makes the passes of a question that knows the source.
template <std::floating_point T, class Bound>
void ask_of(const score_source_ref<T>& source, Bound& question, const execution& run) {
    std::vector<erased_question<T>> asked;
    append_erased<T>(question, asked);
    make_passes(source, asked, run);
}

/// What a question that knows the source finds.
template <std::floating_point T, class Bound>
auto answer(const score_source_ref<T>& source, Bound& question, const execution& run) {
    ask_of(source, question, run);
    return question.result();
}

/// The answer to one question.
template <std::floating_point T, question<T> Q>
auto ask_one(const score_source_ref<T>& source, const Q& question, const execution& run) {
    auto bound = question.bind(to_asked_table(source, run));
    return answer(source, bound, run);
}

} // namespace detail

} // namespace svdlens::inline v0_2

#endif
