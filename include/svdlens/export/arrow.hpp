/// @file
/// Tables of any size as Arrow C streams: for pandas, polars, DuckDB and what else takes them, without a file between.
#ifndef SVDLENS_EXPORT_ARROW_HPP
#define SVDLENS_EXPORT_ARROW_HPP

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "../core/execution.hpp"
#include "../table/derived_column.hpp"
#include "../table/score_columns.hpp"
#include "../table/score_source.hpp"
#include "../table/wide_table.hpp"
#include "detail/arrow_batches.hpp"
#include "detail/arrow_columns.hpp"
#include "detail/arrow_rows.hpp"

namespace svdlens::inline v0_2 {

/// What stands in a stream of a source.
struct arrow_options {
    /// As `csv_options::columns`.
    std::vector<std::string> columns = {};
    /// Columns of numbers to compute.
    std::vector<derived_column> derived = {};
    /// Columns of text to compute.
    std::vector<derived_label> derived_labels = {};
    /// How large a batch may be.
    std::uint64_t batch_bytes = std::uint64_t{32} << 20;
};

/// A stream of record batches, and its release, once. It owns or shares all that it reads. For one thread at a time.
///
/// Consumers take `get()`, or a struct of theirs by `move_to`. Theirs is the release then, of the stream and of every
/// batch, at any time and in any order: what was not read is not made, and a batch outlives the stream. What fails while
/// a batch is made is told by the struct's `get_last_error`, with EINVAL for bad input, ECANCELED for a stop, ENOMEM and
/// EIO; no exception leaves a callback. A batch that failed is the last.
class arrow_stream {
  public:
    /// Made by `to_arrow`.
    explicit arrow_stream(detail::arrow_batches batches) { detail::hand_out(std::move(batches), stream_); }

    /// Leaves a stream that is released.
    arrow_stream(arrow_stream&& other) noexcept { std::move(other).move_to(&stream_); }
    /// Releases what was held.
    arrow_stream& operator=(arrow_stream&& other) noexcept {
        if (this == &other) return *this;
        release();
        std::move(other).move_to(&stream_);
        return *this;
    }
    ~arrow_stream() { release(); }

    /// The struct, which is still released here unless a consumer has done so.
    ArrowArrayStream* get() noexcept { return &stream_; }

    /// Moves the stream into a consumer's struct, which holds none.
    void move_to(ArrowArrayStream* out) && noexcept {
        *out = stream_;
        stream_.release = nullptr;
    }

  private:
    void release() noexcept {
        if (stream_.release != nullptr) stream_.release(&stream_);
    }

    ArrowArrayStream stream_ = {};
};

namespace detail {

template <score_source S>
arrow_batches batches_of(std::shared_ptr<const S> source, const arrow_options& options,
                         const execution& run) {
    using T = typename S::value_type;
    auto plans = arrow_columns<T>(source->axes(), source->max_rows(), options);
    arrow_batches batches{{}, arrow_metadata(source->axes()), {}};
    std::size_t row_bytes = 0;
    for (const auto& plan : plans) {
        batches.fields.push_back(plan.field);
        row_bytes += plan.row_bytes;
    }
    batches.next = [plans = std::move(plans),
                    reader = arrow_row_reader<T>(source, score_source_ref<T>(*source), in_place(*source),
                                                 rows_in_batch(options.batch_bytes, row_bytes),
                                                 run)]() mutable -> std::optional<arrow_batch> {
        const auto rows = reader.next();
        if (!rows) return std::nullopt;
        arrow_batch batch{static_cast<std::int64_t>(rows->size())};
        for (const auto& plan : plans) batch.columns.push_back(plan.make(*rows));
        return batch;
    };
    return batches;
}

} // namespace detail

/// The rows of any source as a stream: those of a selection in its order, all others ascending by row number, as
/// `write_csv` has them. NaN scores are NaN, not null.
///
/// Labels are codes (int32) of a dictionary of different texts; an axis without labels is its indices (int32; uint64
/// beyond 2^31); `score` is float32 or float64; `row` and all row numbers are uint64; columns to compute are float64 and
/// utf8. What is no UTF-8 becomes U+FFFD. The schema's metadata say `svdlens.version`, `.title`, `.provenance` and
/// `.shape` (JSON: axes and extents, with which a row number is an index). Scores of a long table, and scores and row
/// numbers of a selection, are never copied: batches show them where they lie.
///
/// Lazy: nothing is computed before a batch is asked for. Time O(rows * columns), computed by the threads of `run`, whose
/// `progress` and `stop` must outlive the stream. Memory: a batch; of what is computed as it is read, the scores of as
/// many bands of tiles as fit one, at least one; of a narrowed source the rows of a band, or all, as `collect`; the labels
/// of each column, up to 4 million, once. Where these are more, or more than the table has rows, each batch has its own.
/// @throws lookup_error (unknown_column); argument_error (invalid_argument) for a derived column without function,
/// (invalid_axes) for one of another table's rows. Batches fail with what the source or a derived column throws
template <class S>
    requires(score_source<std::remove_const_t<S>>)
arrow_stream to_arrow(std::shared_ptr<S> source, const arrow_options& options = {},
                      const execution& run = {}) {
    return arrow_stream(detail::batches_of<std::remove_const_t<S>>(std::move(source), options, run));
}

/// The same of a source that the stream holds: an rvalue is moved in, of an lvalue a copy is made. Copies of long tables
/// and projections share their values, but what these only view (a tensor of the caller's) must outlive the stream; a
/// selection is copied, 8 + sizeof(T) bytes a row, unless it is moved in or shared.
template <class S>
    requires(score_source<std::remove_cvref_t<S>>)
arrow_stream to_arrow(S&& source, const arrow_options& options = {}, const execution& run = {}) {
    return to_arrow(std::make_shared<const std::remove_cvref_t<S>>(std::forward<S>(source)), options, run);
}

/// Rows with several columns of numbers (groups, quantiles, joins, the `rows` of findings): all label columns and axes,
/// then the numbers under their names as float64, which are not copied. Otherwise as above.
arrow_stream to_arrow(std::shared_ptr<const score_columns> table,
                      std::uint64_t batch_bytes = arrow_options().batch_bytes);

/// A wide table: the rows' labels as utf8, then a column a column, null where there is no cell. Otherwise as above; the
/// values of a batch are copied.
template <std::floating_point T>
arrow_stream to_arrow(std::shared_ptr<const basic_wide_table<T>> wide,
                      std::uint64_t batch_bytes = arrow_options().batch_bytes);

/// Of a table that is moved in or copied. @{
template <class X>
    requires(!score_source<std::remove_cvref_t<X>> && std::convertible_to<X, score_columns>)
arrow_stream to_arrow(X&& table, std::uint64_t batch_bytes = arrow_options().batch_bytes) {
    return to_arrow(std::make_shared<const score_columns>(std::forward<X>(table)), batch_bytes);
}

/// A wide table as a stream: its row axis, then a column each; null where there is no cell.
template <std::floating_point T>
arrow_stream to_arrow(basic_wide_table<T> wide, std::uint64_t batch_bytes = arrow_options().batch_bytes) {
    return to_arrow(std::make_shared<const basic_wide_table<T>>(std::move(wide)), batch_bytes);
}
/// @}

} // namespace svdlens::inline v0_2

#ifndef SVDLENS_COMPILED
#include "detail/bodies/arrow.hpp"
#endif

#endif
