/// @file
/// A naive reader of the Arrow C data interface, written from its specification: every cell as text.
#ifndef SVDLENS_TESTS_EXPORT_ARROW_READER_HPP
#define SVDLENS_TESTS_EXPORT_ARROW_READER_HPP

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "support/catch.hpp"
#include "svdlens/core/text.hpp"
#include "svdlens/export/arrow.hpp"

namespace svdlens_tests {

template <class T>
T arrow_number(const void* data, std::int64_t k) {
    T value;
    std::memcpy(&value, static_cast<const char*>(data) + static_cast<std::size_t>(k) * sizeof(T), sizeof(T));
    return value;
}

/// The pairs that a schema's metadata hold: counts and lengths in 32 bits, then the bytes.
inline std::map<std::string, std::string> arrow_metadata_of(const ArrowSchema& schema) {
    std::map<std::string, std::string> pairs;
    const char* at = schema.metadata;
    const auto number = [&] {
        const auto value = arrow_number<std::int32_t>(at, 0);
        at += 4;
        return value;
    };
    const auto text = [&] {
        const auto size = static_cast<std::size_t>(number());
        at += size;
        return std::string(at - size, size);
    };
    for (std::int32_t left = number(); left > 0; --left) {
        const auto key = text();
        pairs[key] = text();
    }
    return pairs;
}

/// The cell at `k` of an array without dictionary, `null` where its bit is not set.
inline std::string arrow_cell(const std::string& format, const ArrowArray& array, std::int64_t k) {
    k += array.offset;
    const auto* bits = static_cast<const unsigned char*>(array.buffers[0]);
    if (bits != nullptr && (bits[k / 8] >> k % 8 & 1) == 0) return "null";
    const void* data = array.buffers[1];
    if (format == "i") return svdlens::to_text(arrow_number<std::int32_t>(data, k));
    if (format == "L") return svdlens::to_text(arrow_number<std::uint64_t>(data, k));
    if (format == "f") return svdlens::to_text(arrow_number<float>(data, k));
    if (format == "g") return svdlens::to_text(arrow_number<double>(data, k));
    REQUIRE(format == "u");
    const auto begin = arrow_number<std::int32_t>(data, k), end = arrow_number<std::int32_t>(data, k + 1);
    REQUIRE(begin <= end);
    return {static_cast<const char*>(array.buffers[2]) + begin, static_cast<std::size_t>(end - begin)};
}

/// All cells of a column of a batch; those of a dictionary are looked up, and its values are checked to differ.
inline std::vector<std::string> arrow_cells(const ArrowSchema& field, const ArrowArray& array) {
    std::vector<std::string> cells, values;
    if (field.dictionary != nullptr) {
        REQUIRE(array.dictionary != nullptr);
        REQUIRE(array.dictionary->null_count == 0);
        for (std::int64_t k = 0; k < array.dictionary->length; ++k)
            values.push_back(arrow_cell(field.dictionary->format, *array.dictionary, k));
        REQUIRE(std::set<std::string>(values.begin(), values.end()).size() == values.size());
    }
    std::int64_t nulls = 0;
    REQUIRE(array.n_buffers == (std::string(field.format) == "u" ? 3 : 2));
    for (std::int64_t k = 0; k < array.length; ++k) {
        auto cell = arrow_cell(field.format, array, k);
        nulls += cell == "null" ? 1 : 0;
        if (field.dictionary != nullptr) cell = values.at(static_cast<std::size_t>(std::stoul(cell)));
        cells.push_back(std::move(cell));
    }
    REQUIRE(array.null_count == nulls);
    REQUIRE(((field.flags & ARROW_FLAG_NULLABLE) != 0 || nulls == 0));
    return cells;
}

/// What a stream said, read to its end.
struct arrow_contents {
    std::vector<std::string> names;
    std::vector<std::string> formats; ///< `i>u`: indices of a dictionary
    std::map<std::string, std::string> metadata;
    std::vector<std::size_t> batches; ///< rows of each
    std::vector<std::vector<std::string>> rows;
};

inline arrow_contents read_arrow(svdlens::arrow_stream stream) {
    arrow_contents all;
    ArrowArrayStream& c = *stream.get();
    ArrowSchema schema;
    REQUIRE(c.get_schema(&c, &schema) == 0);
    REQUIRE(std::string(schema.format) == "+s");
    all.metadata = arrow_metadata_of(schema);
    for (std::int64_t k = 0; k < schema.n_children; ++k) {
        const auto& field = *schema.children[k];
        all.names.emplace_back(field.name);
        all.formats.push_back(std::string(field.format) + (field.dictionary != nullptr
                                                               ? ">" + std::string(field.dictionary->format)
                                                               : ""));
    }
    for (ArrowArray batch; c.get_next(&c, &batch) == 0 && batch.release != nullptr; batch.release(&batch)) {
        REQUIRE(batch.n_children == schema.n_children);
        REQUIRE(batch.n_buffers == 1);
        REQUIRE(batch.null_count == 0);
        const auto first = all.rows.size();
        all.batches.push_back(static_cast<std::size_t>(batch.length));
        all.rows.resize(first + all.batches.back());
        for (std::int64_t k = 0; k < batch.n_children; ++k) {
            REQUIRE(batch.children[k]->length == batch.length);
            const auto cells = arrow_cells(*schema.children[k], *batch.children[k]);
            for (std::size_t j = 0; j < cells.size(); ++j) all.rows[first + j].push_back(cells[j]);
        }
    }
    REQUIRE(c.get_last_error(&c) == nullptr);
    schema.release(&schema);
    REQUIRE(schema.release == nullptr);
    return all;
}

} // namespace svdlens_tests

#endif
