/// @file
/// Record batches of any table as plain values, and what hands them out through the C structs.
#ifndef SVDLENS_EXPORT_DETAIL_ARROW_BATCHES_HPP
#define SVDLENS_EXPORT_DETAIL_ARROW_BATCHES_HPP

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "../../core/detail/body.hpp"
#include "arrow_abi.hpp"

namespace svdlens::inline v0_2::detail {

/// What a column is in all batches of a stream.
struct arrow_field {
    std::string name;
    const char* format; ///< of the indices, where there is a dictionary of texts
    bool is_dictionary = false;
    bool is_nullable = false;
};

/// Memory that a batch shows, with what keeps it alive.
struct arrow_buffer {
    const void* data = nullptr;
    std::shared_ptr<const void> owner = nullptr;

    template <class T>
    static arrow_buffer of(std::vector<T> values) {
        auto held = std::make_shared<const std::vector<T>>(std::move(values));
        return {held->data(), held};
    }
};

/// A column of a batch: buffers as the format of its field has them, the first the bits of what is there (null: all).
struct arrow_column {
    std::int64_t length = 0;
    std::int64_t null_count = 0;
    std::vector<arrow_buffer> buffers = {};
    std::shared_ptr<const arrow_column> dictionary = nullptr;

    template <class T>
    static arrow_column of(std::vector<T> values) {
        const auto length = static_cast<std::int64_t>(values.size());
        return {length, 0, {{}, arrow_buffer::of(std::move(values))}};
    }
};

struct arrow_batch {
    std::int64_t length = 0;
    std::vector<arrow_column> columns = {};
};

/// A table as a stream of batches: what its columns are, and the batches one after the other.
struct arrow_batches {
    std::vector<arrow_field> fields = {};
    std::vector<std::pair<std::string, std::string>> metadata = {};
    std::function<std::optional<arrow_batch>()> next = {}; ///< nothing at the end; not called after it threw
};

/// Fills a stream that holds nothing yet. @throws std::bad_alloc
void hand_out(arrow_batches batches, ArrowArrayStream& out);

} // namespace svdlens::inline v0_2::detail

#ifndef SVDLENS_COMPILED
#include "bodies/arrow_batches.hpp"
#endif

#endif
