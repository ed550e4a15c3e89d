/// @file
/// The one place where nlohmann's parser meets our readers.
///
/// `nlohmann::json::sax_parse` chooses its format when run, and so instantiates the readers of CBOR, BSON,
/// MessagePack and UBJSON too, for each handler: they were the costliest template of all in every program
/// that opened a file. Its parser of text is therefore called itself: `nlohmann::detail::parser`, with the
/// adapter that `sax_parse` would use. Name, arguments and meaning of both are the same from 3.9 to 3.12.
#ifndef SVDLENS_IO_DETAIL_BODIES_JSON_EVENTS_HPP
#define SVDLENS_IO_DETAIL_BODIES_JSON_EVENTS_HPP

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include <nlohmann/json.hpp>

#include "../../../core/detail/body.hpp"
#include "../../../core/text.hpp"
#include "../json/json_events.hpp"
#include "../json/json_source.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

/// The cause in what nlohmann's parser says of a fault, in brackets, without the text that was read last:
/// `syntax error while parsing value - invalid literal; last read: '{x'; expected ...`.
inline std::string syntax_cause(std::string_view what, const std::string& last_read) {
    const auto begin = what.find("syntax error ");
    if (begin == std::string_view::npos)
        return what.find("number overflow") == std::string_view::npos ? "" : " (the number is too large)";
    std::string cause(what.substr(begin + std::string_view("syntax error ").size()));
    const std::string repeated = "; last read: '" + last_read + "'";
    if (const auto at = cause.find(repeated); at != std::string::npos) cause.erase(at, repeated.size());
    return " (" + cause + ")";
}

/// What nlohmann's parser calls; passes events on to a reader and ends too deep nesting, so that hostile
/// text costs neither stack nor memory. The reader throws where it is not content.
class json_events {
  public:
    using number_integer_t = nlohmann::json::number_integer_t;
    using number_unsigned_t = nlohmann::json::number_unsigned_t;
    using number_float_t = nlohmann::json::number_float_t;

    json_events(const json_source& source, json_reader_ref reader) : source_(source), reader_(reader) {}

    bool null() { return scalar({}); }
    bool boolean(bool value) {
        return scalar({.type = json_scalar::kind::boolean, .magnitude = value ? 1U : 0U});
    }
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
                                  const nlohmann::json::exception& failure) {
        source_.fail(std::string(source_.noun) + " is not valid JSON at byte " + to_text(position) +
                     " of it, near " + quoted(token) + syntax_cause(failure.what(), token) + reader_.place());
    }

  private:
    bool scalar(const json_scalar& value) {
        reader_.scalar(value);
        return true;
    }
    bool open(json_container container) {
        if (++depth_ > source_.deepest) {
            source_.fail("expected at most " + to_text(source_.deepest) + " levels of nesting, found more" +
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
    json_reader_ref reader_;
    std::size_t depth_ = 0;
};

SVDLENS_BODY void parse_json(const json_source& source, json_reader_ref reader) {
    check_json_text(source);
    json_events events(source, reader);
    const char* const begin = source.text.empty() ? "" : source.text.data();
    auto text = nlohmann::detail::input_adapter(begin, begin + source.text.size());
    nlohmann::detail::parser<nlohmann::json, decltype(text)>(std::move(text)).sax_parse(&events);
}

} // namespace detail

} // namespace svdlens::inline v0_2

#endif
