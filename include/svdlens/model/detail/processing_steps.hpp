/// @file
/// What all steps of weight processing have in common: running part by part, refusing, and saying what was
/// done.
#ifndef SVDLENS_MODEL_DETAIL_PROCESSING_STEPS_HPP
#define SVDLENS_MODEL_DETAIL_PROCESSING_STEPS_HPP

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "../../core/error.hpp"
#include "../../core/execution.hpp"
#include "../../core/text.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

/// What `fold_post_norms` notes: the model was one whose norms stand behind attention and MLP, too.
inline constexpr std::string_view post_norms_record =
    "norms behind attention and MLP folded into W_O and W_out, their per-token scale dropped (approximate)";

/// Runs `process(part)` for every part, in parallel. Parts share nothing, so the result is the same for any
/// number of threads.
/// @throws cancelled_error when `run.stop` becomes true
template <class Process>
void process_parts(std::size_t parts, const execution& run, Process process) {
    struct nothing {};
    for_blocks<nothing>(parts, parts, run, [&](std::size_t part, nothing&) { process(part); });
}

/// Whether a step of that name was done.
inline bool has_step(const std::vector<std::string>& processing, std::string_view step) {
    return std::find(processing.begin(), processing.end(), step) != processing.end();
}

/// Notes a step, once.
inline void note_step(std::vector<std::string>& processing, std::string_view step) {
    if (!has_step(processing, step)) processing.emplace_back(step);
}

/// @throws model_error (unsupported_model) unless `reason` is empty
inline void require_allowed(const std::string& file, std::string_view step, const std::string& reason) {
    if (reason.empty()) return;
    throw model_error(errc::unsupported_model,
                      file + ": " + std::string(step) + ": refused, because " + reason);
}

/// @throws model_error (wrong_shape) when values that are there are not as many as expected
inline void require_size(const std::string& where, std::string_view what, std::size_t expected,
                         std::size_t found) {
    if (found == 0 || found == expected) return;
    throw model_error(errc::wrong_shape, where + ": expected " + std::string(what) + " of " +
                                             to_text(expected) + " values, found " + to_text(found));
}

} // namespace detail

} // namespace svdlens::inline v0_2

#endif
