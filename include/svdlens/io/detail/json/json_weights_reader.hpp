/// @file
/// JSON weights as they are read: a reader of events that keeps the numbers of one tensor at a time.
#ifndef SVDLENS_IO_DETAIL_JSON_JSON_WEIGHTS_READER_HPP
#define SVDLENS_IO_DETAIL_JSON_JSON_WEIGHTS_READER_HPP

#include <algorithm>
#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "../../../core/error.hpp"
#include "../../../core/text.hpp"
#include "../../convert.hpp"
#include "../../dtype.hpp"
#include "../../tensor_record.hpp"
#include "json_events.hpp"
#include "json_source.hpp"
#include "json_tensor.hpp"
#include "metadata_reader.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

/// Checks events against the schema and throws at the first offence.
class json_weights_reader {
  public:
    std::vector<named_tensor> tensors; ///< in the text's order

    explicit json_weights_reader(const json_source& source) : source_(source), metadata_(source) {}

    /// The strings of `__metadata__`.
    metadata_map& metadata() { return metadata_.metadata; }

    void scalar(const json_scalar& value) {
        if (metadata_.active()) return metadata_.scalar(value);
        switch (place_) {
        case place_kind::data:
            return add_number(value);
        case place_kind::shape:
            if (value.type != json_scalar::kind::unsigned_integer) refuse(value.describe());
            current_.shape->push_back(value.magnitude);
            return;
        case place_kind::tensor:
            if (field_ != field::dtype || value.type != json_scalar::kind::string) refuse(value.describe());
            return set_dtype(*value.text);
        default:
            refuse(value.describe());
        }
    }

    void key(const std::string& text) {
        if (metadata_.active()) return metadata_.key(text);
        if (place_ == place_kind::tensor) return begin_field(text);
        if (metadata_.claims(text)) return;
        current_ = {};
        current_.name = text;
    }

    void open(json_container container) {
        if (metadata_.active()) return metadata_.open(container);
        const bool object = container == json_container::object;
        if (place_ == place_kind::document && object) {
            place_ = place_kind::weights;
        } else if (place_ == place_kind::weights && object) {
            place_ = place_kind::tensor;
        } else if (place_ == place_kind::tensor && field_ == field::shape && !object) {
            place_ = place_kind::shape;
            current_.shape.emplace();
        } else if (!object && (place_ == place_kind::weights || place_ == place_kind::data ||
                               (place_ == place_kind::tensor && field_ == field::data))) {
            open_data();
        } else {
            refuse(describe(container));
        }
    }

    void close() {
        if (metadata_.active()) return metadata_.close();
        switch (place_) {
        case place_kind::data:
            return close_data();
        case place_kind::shape:
            place_ = place_kind::tensor;
            return;
        case place_kind::tensor:
            return end_tensor();
        default:
            place_ = place_kind::document;
        }
    }

    std::string place() const {
        return current_.name.empty() ? "" : ", in or after tensor " + quoted(current_.name);
    }

  private:
    enum class place_kind { document, weights, tensor, shape, data };
    enum class field { dtype, shape, data };

    static constexpr std::array<std::string_view, 3> field_names_ = {"dtype", "shape", "data"};

    void begin_field(const std::string& text) {
        const auto at = std::find(field_names_.begin(), field_names_.end(), text);
        if (at == field_names_.end()) {
            fail("expected the fields dtype, shape and data, found " + quoted(text));
        }
        field_ = static_cast<field>(at - field_names_.begin());
        if (!has(field_)) return;
        source_.fail(errc::duplicate_key, prefix() + "field " + quoted(text) + " stands twice");
    }

    bool has(field which) const {
        if (which == field::dtype) return current_.type.has_value();
        return which == field::shape ? current_.shape.has_value() : current_.data.has_value();
    }

    void set_dtype(const std::string& text) {
        current_.type = parse_dtype(text);
        if (!current_.type)
            fail("dtype: expected one of the format's dtypes, such as F32, found " + quoted(text));
        if (is_convertible(*current_.type)) return;
        source_.fail(errc::unsupported_dtype, prefix() + "dtype: cannot read numbers as " + text);
    }

    void add_number(const json_scalar& value) {
        const auto number = number_of(value);
        if (!number) {
            fail(current_.data->expected_at(R"(expected a number, "nan", "inf" or "-inf", found )" +
                                            value.describe()));
        }
        accept(current_.data->number());
        current_.numbers.push_back(*number);
    }

    void open_data() {
        if (place_ != place_kind::data) {
            bare_ = place_ == place_kind::weights;
            current_.data.emplace();
            place_ = place_kind::data;
        }
        accept(current_.data->open());
    }

    void close_data() {
        accept(current_.data->close());
        if (!current_.data->closed()) return;
        place_ = bare_ ? place_kind::weights : place_kind::tensor;
        if (bare_) tensors.push_back(finished_tensor(current_, source_));
    }

    void end_tensor() {
        for (const field needed : {field::dtype, field::shape, field::data}) {
            if (has(needed)) continue;
            fail("expected the fields dtype, shape and data, found no " +
                 std::string(field_names_[static_cast<std::size_t>(needed)]));
        }
        place_ = place_kind::weights;
        tensors.push_back(finished_tensor(current_, source_));
    }

    void accept(const nested_shape::problem& problem) const {
        if (problem) fail(*problem);
    }

    [[noreturn]] void refuse(const std::string& found) const { fail(expectation() + ", found " + found); }

    std::string expectation() const {
        switch (place_) {
        case place_kind::document:
            return "expected an object of tensors";
        case place_kind::weights:
            return "expected nested arrays of numbers, or an object of dtype, shape and data";
        case place_kind::shape:
            return "shape: expected integers from 0 to 2^64-1";
        case place_kind::data:
            return current_.data->expected_at("expected a number or an array");
        default:
            break;
        }
        if (field_ == field::dtype) return "dtype: expected a string";
        return field_ == field::shape ? "shape: expected an array of integers"
                                      : "data: expected an array of numbers";
    }

    std::string prefix() const {
        return place_ == place_kind::document ? "" : "tensor " + quoted(current_.name) + ": ";
    }

    [[noreturn]] void fail(const std::string& what) const { source_.fail(prefix() + what); }

    const json_source& source_;
    metadata_reader metadata_;
    place_kind place_ = place_kind::document;
    field field_ = field::dtype;
    bool bare_ = false; ///< the data are the tensor's whole value
    json_tensor current_;
};

} // namespace detail

} // namespace svdlens::inline v0_2

#endif
