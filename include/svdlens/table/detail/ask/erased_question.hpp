/// @file
/// A question behind one type, so that the loop over blocks is compiled once for each type of score.
#ifndef SVDLENS_TABLE_DETAIL_ASK_ERASED_QUESTION_HPP
#define SVDLENS_TABLE_DETAIL_ASK_ERASED_QUESTION_HPP

#include <concepts>
#include <cstdint>
#include <memory>
#include <type_traits>
#include <utility>
#include <vector>

#include "../../../core/detail/state_pipe.hpp"
#include "../../question.hpp"
#include "../../score_source.hpp"

namespace svdlens::inline v0_2::detail {

/// Ends what it was made for.
struct state_deleter {
    void (*destroy)(void*) = nullptr;
    void operator()(void* state) const { destroy(state); }
};

/// A state or a plan of a question's own type.
using erased_state = std::unique_ptr<void, state_deleter>;

template <class State>
erased_state erase_state(State* state) {
    return erased_state(state, {[](void* s) { delete static_cast<State*>(s); }});
}

/// What the loop calls of a question, each with the question first.
template <std::floating_point T>
struct question_calls {
    merge_order (*order)(const void* question);
    unsigned (*passes_left)(const void* question);
    std::uint64_t (*bytes)(const void* question);
    erased_state (*make_state)();
    erased_state (*begin_pass)(void* question);
    void (*look)(const void* question, const void* plan, const score_block<T>& block, void* state);
    void (*merge)(const void* question, void* into, void* later);
    void (*end_band)(void* question, void* state);
    void (*end_pass)(void* question, void* all);
    void (*write)(const void* question, void* state, state_writer& to);  ///< null: states stay in the process
    bool (*read)(const void* question, void* state, state_reader& from); ///< likewise; false: it cannot be
};

/// A question as the loop sees it. Refers to the question, which outlives it.
template <std::floating_point T>
class erased_question {
  public:
    erased_question(void* question, const question_calls<T>& calls) : question_(question), calls_(&calls) {}

    merge_order order() const { return calls_->order(question_); }
    unsigned passes_left() const { return calls_->passes_left(question_); }
    std::uint64_t bytes() const { return calls_->bytes(question_); }
    bool is_at_work() const { return plan_ != nullptr; }

    erased_state make_state() const { return calls_->make_state(); }
    void begin_pass() { plan_ = calls_->begin_pass(question_); }
    void look(const score_block<T>& block, const erased_state& state) const {
        calls_->look(question_, plan_.get(), block, state.get());
    }
    void merge(const erased_state& into, const erased_state& later) const {
        calls_->merge(question_, into.get(), later.get());
    }
    void end_band(const erased_state& state) { calls_->end_band(question_, state.get()); }
    void end_pass(const erased_state& all) { calls_->end_pass(question_, all.get()); }
    bool is_savable() const { return calls_->write != nullptr; }
    /// The state may be left with nothing.
    void write(const erased_state& state, state_writer& to) const {
        calls_->write(question_, state.get(), to);
    }
    /// Whether what was read can be a state of the question.
    bool read(const erased_state& state, state_reader& from) const {
        return calls_->read(question_, state.get(), from);
    }

  private:
    void* question_;
    const question_calls<T>* calls_;
    erased_state plan_; ///< of the pass at hand, or the last one
};

/// What a question holds of the memory budget while it is at work; those that do not say hold little.
template <class Q>
std::uint64_t bytes_of(const Q& q) {
    if constexpr (requires { q.bytes(); })
        return q.bytes();
    else
        return 0;
}

/// Ends a band of a sink.
template <class Q>
void end_band_of(Q& q, typename Q::state& band) {
    if constexpr (requires { q.end_band(band); }) q.end_band(band);
}

/// Writes a state, with what workers have handed over to the question meanwhile: `gather(state)` brings it in.
template <class Q>
void write_state_of(const Q& q, typename Q::state& state, state_writer& to) {
    if constexpr (requires { q.gather(state); }) q.gather(state);
    to(state);
}

/// Reads one. `fits(state)` says whether it can be one, as far as what is done with it hangs on that: sizes, and rows that
/// there are. `take_note(state)` tells the question what another process has counted.
template <class Q>
bool read_state_of(const Q& q, typename Q::state& state, state_reader& from) {
    from(state);
    if constexpr (requires { q.fits(state); })
        if (!q.fits(state)) return false;
    if constexpr (requires { q.take_note(state); }) q.take_note(state);
    return true;
}

template <std::floating_point T, bound_question<T> Q>
constexpr question_calls<T> calls_of() {
    using state = typename Q::state;
    using plan = std::remove_cvref_t<decltype(std::declval<Q&>().begin_pass())>;
    question_calls<T> calls{
        .order = [](const void* q) -> merge_order { return static_cast<const Q*>(q)->order; },
        .passes_left = [](const void* q) -> unsigned { return static_cast<const Q*>(q)->passes_left(); },
        .bytes = [](const void* q) { return bytes_of(*static_cast<const Q*>(q)); },
        .make_state = [] { return erase_state(new state()); },
        .begin_pass = [](void* q) { return erase_state(new plan(static_cast<Q*>(q)->begin_pass())); },
        .look =
            [](const void* q, const void* p, const score_block<T>& block, void* s) {
                static_cast<const Q*>(q)->look(*static_cast<const plan*>(p), block, *static_cast<state*>(s));
            },
        .merge =
            [](const void* q, void* into, void* later) {
                static_cast<const Q*>(q)->merge(*static_cast<state*>(into), *static_cast<state*>(later));
            },
        .end_band = [](void* q, void* s) { end_band_of(*static_cast<Q*>(q), *static_cast<state*>(s)); },
        .end_pass = [](void* q, void* s) { static_cast<Q*>(q)->end_pass(*static_cast<state*>(s)); },
        .write = nullptr,
        .read = nullptr,
    };
    if constexpr (is_savable<state>) {
        calls.write = [](const void* q, void* s, state_writer& to) {
            write_state_of(*static_cast<const Q*>(q), *static_cast<state*>(s), to);
        };
        calls.read = [](const void* q, void* s, state_reader& from) {
            return read_state_of(*static_cast<const Q*>(q), *static_cast<state*>(s), from);
        };
    }
    return calls;
}

template <std::floating_point T, bound_question<T> Q>
inline constexpr question_calls<T> question_calls_of = calls_of<T, Q>();

/// Appends a question, or those that it is made of.
template <std::floating_point T, class Q>
void append_erased(Q& question, std::vector<erased_question<T>>& list) {
    if constexpr (composed_question<Q>)
        question.parts([&](auto& part) { append_erased<T>(part, list); });
    else
        list.emplace_back(&question, question_calls_of<T, Q>);
}

} // namespace svdlens::inline v0_2::detail

#endif
