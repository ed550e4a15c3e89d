/// @file
/// What all steps of weight processing have in common: running part by part, and refusing.
#ifndef SVDLENS_MODEL_DETAIL_PROCESSING_STEPS_HPP
#define SVDLENS_MODEL_DETAIL_PROCESSING_STEPS_HPP

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "../../core/error.hpp"
#include "../../core/execution.hpp"
#include "../../core/text.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

/// Runs `process(part)` for every part, in parallel. Parts share nothing, so the result is the same for any
/// number of threads.
/// @throws cancelled_error when `run.stop` becomes true
template <class Process>
void process_parts(std::size_t parts, const execution& run, Process process) {
    struct nothing {};
    for_blocks<nothing>(parts, parts, run, [&](std::size_t part, nothing&) { process(part); });
}

/// @throws model_error (unsupported_model) where there is a reason to refuse
inline void require_allowed(const std::string& file, std::string_view step,
                            const std::optional<std::string>& refusal) {
    if (!refusal) return;
    throw model_error(errc::unsupported_model,
                      file + ": " + std::string(step) + ": refused, because " + *refusal);
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
