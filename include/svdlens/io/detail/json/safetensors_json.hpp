/// @file
/// The JSON of a safetensors header: a reader of events that keeps nothing but the tensors and the metadata.
#ifndef SVDLENS_IO_DETAIL_JSON_SAFETENSORS_JSON_HPP
#define SVDLENS_IO_DETAIL_JSON_SAFETENSORS_JSON_HPP

#include <algorithm>
#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "../../../core/error.hpp"
#include "../../../core/text.hpp"
#include "../../dtype.hpp"
#include "../../tensor_record.hpp"
#include "json_events.hpp"
#include "json_source.hpp"
#include "metadata_reader.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

/// Checks events against the format's schema and throws at the first offence.
///
/// A document would lose duplicates, turn 1.0 into 1, and cost memory without bound on hostile nesting;
/// events show all three.
class safetensors_json {
  public:
    std::vector<tensor_record> tensors; ///< in the header's order

    explicit safetensors_json(const json_source& source) : source_(source), metadata_(source) {}

    /// The strings of `__metadata__`.
    metadata_map& metadata() { return metadata_.metadata; }

    void scalar(const json_scalar& value) {
        if (metadata_.active()) return metadata_.scalar(value);
        const bool integer = value.type == json_scalar::kind::unsigned_integer;
        if (place_ == place_kind::shape && integer) {
            tensors.back().shape.push_back(value.magnitude);
        } else if (place_ == place_kind::offsets && integer) {
            (offsets_++ == 0 ? tensors.back().begin : tensors.back().end) = value.magnitude;
        } else if (place_ == place_kind::entry && field_ == field::dtype &&
                   value.type == json_scalar::kind::string) {
            set_dtype(*value.text);
        } else if (!ignored_value()) {
            refuse(value.describe());
        }
    }

    void key(const std::string& text) {
        if (metadata_.active()) return metadata_.key(text);
        if (place_ == place_kind::header && !metadata_.claims(text)) tensors.emplace_back().name = text;
        if (place_ == place_kind::entry) begin_field(text);
    }

    void open(json_container container) {
        if (metadata_.active()) return metadata_.open(container);
        const bool object = container == json_container::object;
        if (place_ == place_kind::document && object) return enter(place_kind::header);
        if (place_ == place_kind::header && object) {
            seen_ = {};
            others_.clear();
            return enter(place_kind::entry);
        }
        if (place_ == place_kind::entry && field_ == field::shape && !object) return enter(place_kind::shape);
        if (place_ == place_kind::entry && field_ == field::offsets && !object) {
            offsets_ = 0;
            return enter(place_kind::offsets);
        }
        if (!ignored_value()) refuse(describe(container));
        enter(place_kind::ignored);
    }

    void close() {
        if (metadata_.active()) return metadata_.close();
        if (place_ == place_kind::offsets && offsets_ != 2) {
            fail("data_offsets: expected two integers, found " + to_text(offsets_));
        }
        if (place_ == place_kind::entry) end_entry();
        leave();
    }

    std::string place() const {
        return tensors.empty() ? "" : ", in or after tensor " + quoted(tensors.back().name);
    }

  private:
    enum class place_kind { document, header, entry, shape, offsets, ignored };
    enum class field { dtype, shape, offsets, other };

    bool ignored_value() const {
        return place_ == place_kind::ignored || (place_ == place_kind::entry && field_ == field::other);
    }

    void begin_field(const std::string& text) {
        for (const field known : {field::dtype, field::shape, field::offsets}) {
            if (text != field_name(known)) continue;
            field_ = known;
            bool& seen = seen_[static_cast<std::size_t>(known)];
            if (seen) fail_duplicate_field(text);
            seen = true;
            return;
        }
        field_ = field::other;
        others_.push_back(text);
    }

    void set_dtype(const std::string& text) {
        const auto type = parse_dtype(text);
        if (!type) fail("dtype: expected one of the format's 22 dtypes, found " + quoted(text));
        tensors.back().type = *type;
    }

    /// Everything that was asked for is there. Unknown fields are compared here, at once: sorting keeps a
    /// hostile entry of many fields cheap.
    void end_entry() {
        for (const field needed : {field::dtype, field::shape, field::offsets}) {
            if (seen_[static_cast<std::size_t>(needed)]) continue;
            fail("expected the fields dtype, shape and data_offsets, found no " +
                 std::string(field_name(needed)));
        }
        std::sort(others_.begin(), others_.end());
        const auto twice = std::adjacent_find(others_.begin(), others_.end());
        if (twice != others_.end()) fail_duplicate_field(*twice);
    }

    static std::string_view field_name(field which) {
        constexpr std::array<std::string_view, 3> names = {"dtype", "shape", "data_offsets"};
        return names[static_cast<std::size_t>(which)];
    }

    void enter(place_kind next) {
        ++depth_;
        place_ = next;
    }

    void leave() {
        --depth_;
        switch (place_) {
        case place_kind::header:
            place_ = place_kind::document;
            return;
        case place_kind::entry:
            place_ = place_kind::header;
            return;
        case place_kind::ignored:
            place_ = depth_ == 2 ? place_kind::entry : place_kind::ignored;
            return;
        default:
            place_ = place_kind::entry;
            return;
        }
    }

    [[noreturn]] void refuse(const std::string& found) const { fail(expectation() + ", found " + found); }

    std::string expectation() const {
        switch (place_) {
        case place_kind::document:
            return "expected an object of tensors as the header";
        case place_kind::header:
            return "expected an object";
        case place_kind::shape:
            return "shape: expected integers from 0 to 2^64-1";
        case place_kind::offsets:
            return "data_offsets: expected integers from 0 to 2^64-1";
        default:
            break;
        }
        if (field_ == field::dtype) return "dtype: expected a string";
        return field_ == field::shape ? "shape: expected an array of integers"
                                      : "data_offsets: expected an array of two integers";
    }

    std::string prefix() const {
        if (place_ == place_kind::document || tensors.empty()) return "";
        return "tensor " + quoted(tensors.back().name) + ": ";
    }

    [[noreturn]] void fail(const std::string& what) const { source_.fail(prefix() + what); }

    [[noreturn]] void fail_duplicate_field(std::string_view name) const {
        source_.fail(errc::duplicate_key, prefix() + "field " + quoted(name) + " stands twice");
    }

    const json_source& source_;
    metadata_reader metadata_;
    place_kind place_ = place_kind::document;
    field field_ = field::other;
    std::size_t depth_ = 0;
    std::size_t offsets_ = 0;
    std::array<bool, 3> seen_{};      ///< of the entry being read: dtype, shape, data_offsets
    std::vector<std::string> others_; ///< of the entry being read: the unknown fields
};

} // namespace detail

} // namespace svdlens::inline v0_2

#endif
