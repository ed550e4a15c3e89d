/// @file
/// What takes rows in row order, as they are found.
#ifndef SVDLENS_TABLE_DETAIL_TAILS_ROW_STREAM_HPP
#define SVDLENS_TABLE_DETAIL_TAILS_ROW_STREAM_HPP

#include <concepts>

#include "../../../tensor/axes.hpp"
#include "../../score_source.hpp"
#include "../rows/same_shape.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

/// What takes rows as they are found: a function of a run of listed rows, ascending in it and from call to
/// call. It is called by one thread at a time. The run is gone after the call.
// clang-format off
template <class F, class T>
concept row_sink = std::floating_point<T> && std::invocable<F&, const score_run<T>&>;
// clang-format on

/// A sink that knows whose rows it takes, as those of files do, is handed no others.
/// @throws argument_error (invalid_axes), naming the first difference
template <class Sink>
void check_sink(const char* verb, const axes& table, const Sink& sink) {
    if constexpr (requires {
                      { sink.axes() } -> std::same_as<const axes&>;
                  })
        check_same_shape(verb, table, sink.axes());
}

} // namespace detail

} // namespace svdlens::inline v0_2

#endif
