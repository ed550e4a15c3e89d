/// @file
/// A JSON text as events for a reader that checks a schema: four calls, nesting bounded.
#ifndef SVDLENS_IO_DETAIL_JSON_JSON_EVENTS_HPP
#define SVDLENS_IO_DETAIL_JSON_JSON_EVENTS_HPP

#include <cstddef>
#include <cstdint>
#include <string>

#include <nlohmann/json.hpp>

#include "../../../core/text.hpp"
#include "json_source.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

/// A value that holds no others. Numbers keep how they were written: `1.0`, `-0` and 2^64 are told from
/// plain integers.
struct json_scalar {
    enum class kind {
        null,
        boolean,
        unsigned_integer, ///< 0 to 2^64-1 without a minus sign
        negative_integer, ///< with one, `-0` included, down to -2^63
        real,             ///< any other number
        string,
    };
    kind type = kind::null;
    std::uint64_t magnitude = 0;       ///< of an integer
    double real = 0.0;                 ///< of a real
    const std::string* text = nullptr; ///< a string's, unescaped; a real's spelling. Valid during the call

    /// For messages.
    std::string describe() const {
        switch (type) {
        case kind::null:
            return "null";
        case kind::boolean:
            return "a boolean";
        case kind::unsigned_integer:
            return "the number " + to_text(magnitude);
        case kind::negative_integer:
            return "the number -" + to_text(magnitude);
        case kind::real:
            return "the number " + quoted(*text);
        default:
            return "the string " + quoted(*text);
        }
    }
};

/// A value that holds others.
enum class json_container { object, array };

/// For messages.
inline std::string describe(json_container container) {
    return container == json_container::object ? "an object" : "an array";
}

/// What nlohmann's parser calls; passes events on to a reader and ends too deep nesting, so that hostile
/// text costs neither stack nor memory. The reader throws where it is not content.
template <class Reader>
class json_events {
  public:
    using number_integer_t = nlohmann::json::number_integer_t;
    using number_unsigned_t = nlohmann::json::number_unsigned_t;
    using number_float_t = nlohmann::json::number_float_t;

    json_events(const json_source& source, Reader& reader) : source_(source), reader_(reader) {}

    bool null() { return scalar({}); }
    bool boolean(bool) { return scalar({.type = json_scalar::kind::boolean}); }
    bool number_integer(number_integer_t value) {
        // The parser gives only what has a minus sign; 0 - x is defined for the lowest value too.
        const auto magnitude = 0 - static_cast<std::uint64_t>(value);
        return scalar({.type = json_scalar::kind::negative_integer, .magnitude = magnitude});
    }
    bool number_unsigned(number_unsigned_t value) {
        return scalar({.type = json_scalar::kind::unsigned_integer, .magnitude = value});
    }
    bool number_float(number_float_t value, const std::string& spelling) {
        return scalar({.type = json_scalar::kind::real, .real = value, .text = &spelling});
    }
    bool string(const std::string& text) {
        return scalar({.type = json_scalar::kind::string, .text = &text});
    }
    bool binary(nlohmann::json::binary_t&) { return false; } // not in text
    bool key(const std::string& text) {
        reader_.key(text);
        return true;
    }
    bool start_object(std::size_t) { return open(json_container::object); }
    bool start_array(std::size_t) { return open(json_container::array); }
    bool end_object() { return close(); }
    bool end_array() { return close(); }

    [[noreturn]] bool parse_error(std::size_t position, const std::string& token,
                                  const nlohmann::json::exception&) {
        source_.fail(std::string(source_.noun) + " is not valid JSON at byte " + to_text(position) +
                     " of it, near " + quoted(token) + reader_.place());
    }

  private:
    /// The safetensors reference's parser refuses the 128th level.
    static constexpr std::size_t deepest = 127;

    bool scalar(const json_scalar& value) {
        reader_.scalar(value);
        return true;
    }
    bool open(json_container container) {
        if (++depth_ > deepest) {
            source_.fail("expected at most " + to_text(deepest) + " levels of nesting, found more" +
                         reader_.place());
        }
        reader_.open(container);
        return true;
    }
    bool close() {
        --depth_;
        reader_.close();
        return true;
    }

    const json_source& source_;
    Reader& reader_;
    std::size_t depth_ = 0;
};

/// Walks a whole text. The reader has `scalar(json_scalar)`, `key(string)`, `open(json_container)`, `close()`
/// and `place()`: where it is, for messages, with a comma before it; it throws on what it does not want.
/// One pass; memory: the longest string.
/// @throws format_error (the source's codes) for what is not UTF-8, not JSON or nested beyond 127 levels
template <class Reader>
void read_json(const json_source& source, Reader& reader) {
    check_json_text(source);
    json_events<Reader> events(source, reader);
    const char* const begin = source.text.empty() ? "" : source.text.data();
    nlohmann::json::sax_parse(begin, begin + source.text.size(), &events);
}

} // namespace detail

} // namespace svdlens::inline v0_2

#endif
