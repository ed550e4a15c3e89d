/// @file
/// The JSON of a safetensors header: an event handler that keeps nothing but the tensors and the metadata.
#ifndef SVDLENS_IO_SAFETENSORS_JSON_HPP
#define SVDLENS_IO_SAFETENSORS_JSON_HPP

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "../core/error.hpp"
#include "../core/text.hpp"
#include "dtype.hpp"
#include "tensor_record.hpp"

namespace svdlens::inline v0 {

namespace detail {

/// Receives the parser's events, checks them against the format's schema and stops at the first offence.
///
/// A document would lose duplicates, turn 1.0 into 1, and cost memory without bound on hostile nesting;
/// events show all three. Numbers reach three different functions, so `1.0`, `-0` and 2^64 are told from
/// integers.
class safetensors_json {
  public:
    using number_integer_t = nlohmann::json::number_integer_t;
    using number_unsigned_t = nlohmann::json::number_unsigned_t;
    using number_float_t = nlohmann::json::number_float_t;

    std::vector<tensor_record> tensors; ///< in the header's order
    metadata_map metadata;              ///< the strings of `__metadata__`
    errc code = errc::invalid_header;   ///< after a failure: why, for programs
    std::string message;                ///< after a failure: why, for people

    bool null() { return other_value("null"); }
    bool boolean(bool) { return other_value("a boolean"); }
    bool number_integer(number_integer_t) { return other_value("a number with a minus sign"); }
    bool number_float(number_float_t, const std::string& text) {
        return other_value("the number " + quoted(text));
    }
    bool binary(nlohmann::json::binary_t&) { return other_value("bytes"); }

    bool number_unsigned(number_unsigned_t value) {
        if (place_ == place::shape) {
            tensors.back().shape.push_back(value);
            return true;
        }
        if (place_ != place::offsets) return other_value("the number " + to_text(value));
        (offsets_++ == 0 ? tensors.back().begin : tensors.back().end) = value;
        return true;
    }

    bool string(const std::string& text) {
        if (place_ == place::metadata) {
            metadata[key_] = text;
            return true;
        }
        if (place_ != place::entry || field_ != field::dtype)
            return other_value("the string " + quoted(text));
        const auto type = parse_dtype(text);
        if (!type) return fail("dtype: expected one of the format's 22 dtypes, found " + quoted(text));
        tensors.back().type = *type;
        return true;
    }

    bool key(const std::string& text) {
        switch (place_) {
        case place::header:
            return begin_entry(text);
        case place::metadata:
            return begin_metadata(text);
        case place::entry:
            return begin_field(text);
        default:
            return true; // inside an ignored field
        }
    }

    bool start_object(std::size_t) {
        if (place_ == place::document) return enter(place::header);
        if (place_ == place::header && in_metadata_) return enter(place::metadata);
        if (place_ == place::header) {
            seen_ = {};
            others_.clear();
            return enter(place::entry);
        }
        return ignored_value() ? enter(place::ignored) : fail(expectation() + ", found an object");
    }

    bool start_array(std::size_t) {
        if (place_ == place::entry && field_ == field::shape) return enter(place::shape);
        if (place_ == place::entry && field_ == field::offsets) {
            offsets_ = 0;
            return enter(place::offsets);
        }
        return ignored_value() ? enter(place::ignored) : fail(expectation() + ", found an array");
    }

    bool end_object() {
        const bool entry = place_ == place::entry;
        leave();
        return !entry || end_entry();
    }

    bool end_array() {
        if (place_ == place::offsets && offsets_ != 2) {
            return fail("data_offsets: expected two integers, found " + to_text(offsets_));
        }
        leave();
        return true;
    }

    bool parse_error(std::size_t position, const std::string& token, const nlohmann::json::exception&) {
        message =
            "the header is not valid JSON at byte " + to_text(position) + " of it, near " + quoted(token);
        if (!tensors.empty()) message += ", in or after tensor " + quoted(tensors.back().name);
        return false;
    }

  private:
    enum class place { document, header, metadata, entry, shape, offsets, ignored };
    enum class field { dtype, shape, offsets, other };

    /// The reference's parser refuses the 128th level.
    static constexpr std::size_t deepest = 127;

    bool begin_entry(const std::string& text) {
        in_metadata_ = text == "__metadata__";
        if (!in_metadata_) {
            tensors.emplace_back().name = text;
            return true;
        }
        if (metadata_seen_) return fail_duplicate("__metadata__ stands twice");
        metadata_seen_ = true;
        return true;
    }

    bool begin_metadata(const std::string& text) {
        key_ = text;
        if (metadata.contains(text))
            return fail_duplicate("__metadata__: key " + quoted(text) + " stands twice");
        return true;
    }

    bool begin_field(const std::string& text) {
        if (text == "dtype") return begin_field(field::dtype);
        if (text == "shape") return begin_field(field::shape);
        if (text == "data_offsets") return begin_field(field::offsets);
        field_ = field::other;
        others_.push_back(text);
        return true;
    }

    bool begin_field(field next) {
        field_ = next;
        bool& seen = seen_[static_cast<std::size_t>(next)];
        if (seen) return fail_duplicate_field(field_name(next));
        return seen = true;
    }

    /// Everything that was asked for is there. Unknown fields are compared here, at once: sorting keeps a
    /// hostile entry of many fields cheap.
    bool end_entry() {
        for (const field needed : {field::dtype, field::shape, field::offsets}) {
            if (seen_[static_cast<std::size_t>(needed)]) continue;
            message = tensor_prefix() + "expected the fields dtype, shape and data_offsets, found no " +
                      std::string(field_name(needed));
            return false;
        }
        std::sort(others_.begin(), others_.end());
        const auto twice = std::adjacent_find(others_.begin(), others_.end());
        return twice == others_.end() || fail_duplicate_field(*twice);
    }

    static std::string_view field_name(field which) {
        constexpr std::array<std::string_view, 3> names = {"dtype", "shape", "data_offsets"};
        return names[static_cast<std::size_t>(which)];
    }

    bool enter(place next) {
        if (++depth_ > deepest)
            return fail("expected at most " + to_text(deepest) + " levels of nesting, found more");
        place_ = next;
        return true;
    }

    void leave() {
        --depth_;
        switch (place_) {
        case place::header:
            place_ = place::document;
            return;
        case place::metadata:
        case place::entry:
            place_ = place::header;
            return;
        case place::ignored:
            place_ = depth_ == 2 ? place::entry : place::ignored;
            return;
        default:
            place_ = place::entry;
            return;
        }
    }

    bool ignored_value() const {
        return place_ == place::ignored || (place_ == place::entry && field_ == field::other);
    }

    bool other_value(const std::string& found) {
        return ignored_value() || fail(expectation() + ", found " + found);
    }

    std::string expectation() const {
        switch (place_) {
        case place::document:
            return "expected an object of tensors as the header";
        case place::header:
            return in_metadata_ ? "expected an object of strings" : "expected an object";
        case place::metadata:
            return "key " + quoted(key_) + ": expected a string";
        case place::shape:
            return "shape: expected integers from 0 to 2^64-1";
        case place::offsets:
            return "data_offsets: expected integers from 0 to 2^64-1";
        default:
            break;
        }
        if (field_ == field::dtype) return "dtype: expected a string";
        return field_ == field::shape ? "shape: expected an array of integers"
                                      : "data_offsets: expected an array of two integers";
    }

    std::string tensor_prefix() const { return "tensor " + quoted(tensors.back().name) + ": "; }

    bool fail(const std::string& what) {
        const bool inside_metadata = place_ == place::metadata || (place_ == place::header && in_metadata_);
        if (inside_metadata) {
            message = "__metadata__: " + what;
        } else if (place_ != place::document && !tensors.empty()) {
            message = tensor_prefix() + what;
        } else {
            message = what;
        }
        return false;
    }

    bool fail_duplicate(const std::string& what) {
        code = errc::duplicate_key;
        message = what;
        return false;
    }

    bool fail_duplicate_field(std::string_view name) {
        return fail_duplicate(tensor_prefix() + "field " + quoted(name) + " stands twice");
    }

    place place_ = place::document;
    field field_ = field::other;
    std::size_t depth_ = 0;
    std::size_t offsets_ = 0;
    bool in_metadata_ = false;
    bool metadata_seen_ = false;
    std::string key_;
    std::array<bool, 3> seen_{};      ///< of the entry being read: dtype, shape, data_offsets
    std::vector<std::string> others_; ///< of the entry being read: the unknown fields
};

} // namespace detail

} // namespace svdlens::inline v0

#endif
