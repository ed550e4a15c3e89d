/// @file
/// The bodies of export/arrow.hpp.
#ifndef SVDLENS_EXPORT_DETAIL_BODIES_ARROW_HPP
#define SVDLENS_EXPORT_DETAIL_BODIES_ARROW_HPP

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "../../../core/detail/body.hpp"
#include "../../arrow.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

/// The next rows [begin, end) of a table of which `at` are taken; nothing at the end.
SVDLENS_BODY std::optional<std::pair<std::size_t, std::size_t>> next_rows(std::size_t& at, std::size_t size,
                                                                          std::size_t most) {
    if (at == size) return std::nullopt;
    const std::size_t begin = std::exchange(at, at + (std::min)(most, size - at));
    return std::pair(begin, at);
}

SVDLENS_BODY arrow_batches batches_of(std::shared_ptr<const score_columns> table, std::uint64_t batch_bytes) {
    const arrow_column_maker<double> make(table->axes(), table->size());
    std::vector<arrow_column_plan<double>> labels;
    arrow_batches batches{{}, arrow_metadata(table->axes())};
    std::size_t row_bytes = 8 * table->names().size();
    for (const auto& name : table->axes().column_names()) {
        labels.push_back(make.of_table(name));
        batches.fields.push_back(labels.back().field);
        row_bytes += labels.back().row_bytes;
    }
    for (const auto& name : table->names()) batches.fields.push_back({name, "g"});
    batches.next = [=, labels = std::move(labels), most = rows_in_batch(batch_bytes, row_bytes),
                    at = std::size_t{0}]() mutable -> std::optional<arrow_batch> {
        const auto next = next_rows(at, table->size(), most);
        if (!next) return std::nullopt;
        const std::size_t count = next->second - next->first;
        const arrow_rows<double> rows{{}, table->rows().subspan(next->first, count), {}, table};
        arrow_batch batch{static_cast<std::int64_t>(count)};
        for (const auto& plan : labels) batch.columns.push_back(plan.make(rows));
        for (std::size_t k = 0; k < table->names().size(); ++k)
            batch.columns.push_back({batch.length, 0, {{}, {table->values(k).data() + next->first, table}}});
        return batch;
    };
    return batches;
}

/// The cells of a column of a wide table in rows [begin, end), and which are there.
template <class T>
arrow_column wide_column(const basic_wide_table<T>& wide, std::size_t column, std::size_t begin,
                         std::size_t end) {
    std::vector<T> values(end - begin);
    std::vector<unsigned char> present((end - begin + 7) / 8);
    std::int64_t absent = 0;
    for (std::size_t row = begin; row < end; ++row) {
        const std::size_t k = row - begin;
        const bool there = wide.has(row, column);
        values[k] = wide(row, column);
        present[k / 8] = static_cast<unsigned char>(present[k / 8] | unsigned{there} << k % 8);
        absent += there ? 0 : 1;
    }
    auto result = arrow_column::of(std::move(values));
    result.null_count = absent;
    if (absent != 0) result.buffers.front() = arrow_buffer::of(std::move(present));
    return result;
}

template <class T>
arrow_batches batches_of(std::shared_ptr<const basic_wide_table<T>> wide, std::uint64_t batch_bytes) {
    constexpr std::size_t label_bytes = 32;
    arrow_batches batches{{{valid_utf8(wide->row_name()), "u"}}, arrow_metadata(wide->axes())};
    for (std::size_t k = 0; k < wide->column_count(); ++k)
        batches.fields.push_back(
            {valid_utf8(wide->column_label(k)), std::same_as<T, float> ? "f" : "g", false, true});
    const std::size_t most = rows_in_batch(batch_bytes, label_bytes + sizeof(T) * wide->column_count());
    batches.next = [wide, most, at = std::size_t{0}]() mutable -> std::optional<arrow_batch> {
        const auto next = next_rows(at, wide->row_count(), most);
        if (!next) return std::nullopt;
        arrow_texts labels(wide->row_name());
        for (std::size_t row = next->first; row < next->second; ++row)
            labels.add(valid_utf8(wide->row_label(row)));
        arrow_batch batch{static_cast<std::int64_t>(next->second - next->first)};
        batch.columns.push_back(std::move(labels).column());
        for (std::size_t k = 0; k < wide->column_count(); ++k)
            batch.columns.push_back(wide_column(*wide, k, next->first, next->second));
        return batch;
    };
    return batches;
}

} // namespace detail

SVDLENS_BODY arrow_stream to_arrow(std::shared_ptr<const score_columns> table, std::uint64_t batch_bytes) {
    return arrow_stream(detail::batches_of(std::move(table), batch_bytes));
}

template <std::floating_point T>
arrow_stream to_arrow(std::shared_ptr<const basic_wide_table<T>> wide, std::uint64_t batch_bytes) {
    return arrow_stream(detail::batches_of(std::move(wide), batch_bytes));
}

#ifdef SVDLENS_COMPILED
template arrow_stream to_arrow(std::shared_ptr<const basic_wide_table<float>> wide,
                               std::uint64_t batch_bytes);
template arrow_stream to_arrow(std::shared_ptr<const basic_wide_table<double>> wide,
                               std::uint64_t batch_bytes);
#endif

} // namespace svdlens::inline v0_2

#endif
