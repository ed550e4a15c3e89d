/// @file
/// What every head does by itself: copies tokens, matches them, looks back, forms an induction circuit.
#ifndef SVDLENS_CIRCUIT_HEAD_MARKS_HPP
#define SVDLENS_CIRCUIT_HEAD_MARKS_HPP

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "../core/execution.hpp"
#include "../directions/composition.hpp"
#include "../directions/singular_directions.hpp"
#include "../model/transformer_weights.hpp"
#include "diagonal_tests.hpp"

namespace svdlens::inline v0_2 {

/// The two numbers of a diagonal test: how much, and how sure.
struct diagonal_mark {
    double advantage = 0; ///< in logits
    double z = 0;
};

/// One head. A test that the model has no answer to is empty.
struct marked_head {
    std::string head; ///< `L0H3`
    head_index index = {};
    double largest = 0;                               ///< its largest singular value
    bool is_dead = false;                             ///< next to nothing of the largest of all heads
    std::optional<diagonal_mark> copying = {};        ///< `copying_test`
    std::optional<diagonal_mark> matching = {};       ///< `matching_test`
    std::optional<diagonal_mark> previous_token = {}; ///< `previous_token_test`
    std::optional<double> previous_token_share =
        {};                                      ///< of attention by `position_profile`, one position back
    std::optional<diagonal_mark> induction = {}; ///< `induction_circuits`: with the partner
    std::string partner = {}; ///< the earlier head of the largest advantage; empty: there is none
};

/// What `head_marks` finds: a row a head, and which tests the model has not, with the reason.
struct marked_heads {
    std::vector<marked_head> heads; ///< by layer, then head
    std::vector<std::string> notes; ///< which tests are not defined for the model, and why
};

/// The diagonal tests of all heads, a row a head. Numbers are those of the tests that are named above; what
/// each needs of tokens and of positions is summed once for all. Notes in diagonal_tests.hpp on norms and
/// biases hold here, too: of a model with norms, advantages and shares of attention compare its heads with
/// each other and are no logits to hold against a threshold.
/// @param directions of the model's OV circuits
///
/// O((vocabulary + positions) · d² + layers · heads · (d² r + positions² r) + pairs of heads · (d r² + r³)).
/// @throws argument_error (invalid_argument) for directions of other heads; else as the tests, where they are
///         defined
template <std::floating_point T>
marked_heads head_marks(const basic_transformer_weights<T>& weights,
                        const basic_singular_directions<T>& directions,
                        const token_test_options& options = {}, const execution& run = {});

/// What a head may be known by.
enum class head_role { copies, suppresses_copies, matches, induction, previous_token };

/// `copies`, `suppresses copies`, ...
std::string_view to_text(head_role role);

/// A head that stands out by one of the tests.
struct standing_head {
    head_role role;
    std::size_t row; ///< in `marked_heads::heads`
    diagonal_mark mark;
    double next = 0; ///< the largest advantage of the role among the heads that do not stand out
};

struct standing_out_options {
    double times = 6; ///< the median of |advantage| over all heads that are not dead
    double z = 6;     ///< at least
};

/// The heads whose advantage is positive (of copying negative, too), so many times the median head's in size,
/// and whose z is as large: those that do what most others do not. A head with a small advantage may stand
/// out among smaller ones, and in a vocabulary far larger than d_model every z is large: so both are asked
/// for, and both are given. By role, the largest advantage first. Fewer than three heads have no median to
/// stand out from.
/// @throws argument_error (invalid_argument) for bounds that are no numbers, or below 0
///
/// O(heads · log heads)
std::vector<standing_head> standing_heads(const marked_heads& of, const standing_out_options& options = {});

} // namespace svdlens::inline v0_2

#ifndef SVDLENS_COMPILED
#include "detail/bodies/head_marks.hpp"
#endif

#endif
