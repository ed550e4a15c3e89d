/// @file
/// One of two questions, which of them being known when the table is.
#ifndef SVDLENS_TABLE_DETAIL_ASK_EITHER_QUESTION_HPP
#define SVDLENS_TABLE_DETAIL_ASK_EITHER_QUESTION_HPP

#include <cstdint>
#include <utility>
#include <variant>

#include "../../question.hpp"
#include "erased_question.hpp"

namespace svdlens::inline v0_2::detail {

/// Asks the one that it holds: `parts` hands out that one alone.
template <class A, class B>
class either_question {
  public:
    explicit either_question(A a) : held_(std::in_place_index<0>, std::move(a)) {}
    explicit either_question(B b) : held_(std::in_place_index<1>, std::move(b)) {}

    template <class Use>
    void parts(const Use& use) {
        std::visit([&](auto& question) { use(question); }, held_);
    }

    /// Both give the same.
    auto result() {
        return std::visit([](auto& question) { return question.result(); }, held_);
    }

  private:
    std::variant<A, B> held_;
};

} // namespace svdlens::inline v0_2::detail

#endif
