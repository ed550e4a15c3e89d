/// @file
/// A JSON text as events for a reader that checks a schema: four calls, nesting bounded.
#ifndef SVDLENS_IO_DETAIL_JSON_JSON_EVENTS_HPP
#define SVDLENS_IO_DETAIL_JSON_JSON_EVENTS_HPP

#include <concepts>
#include <cstdint>
#include <string>

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
    std::uint64_t magnitude = 0;       ///< of an integer; of a boolean, 1 for true
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

/// Any reader of events behind one type, so that the parser compiles once. Refers to the reader, which must
/// outlive it. The reader has `scalar(json_scalar)`, `key(string)`, `open(json_container)`, `close()` and
/// `place()`: where it is, for messages, with a comma before it; it throws on what it does not want.
class json_reader_ref {
  public:
    template <class Reader>
        requires(!std::same_as<Reader, json_reader_ref>)
    explicit json_reader_ref(Reader& reader) :
        reader_(&reader),
        scalar_([](void* r, const json_scalar& value) { static_cast<Reader*>(r)->scalar(value); }),
        key_([](void* r, const std::string& text) { static_cast<Reader*>(r)->key(text); }),
        open_([](void* r, json_container container) { static_cast<Reader*>(r)->open(container); }),
        close_([](void* r) { static_cast<Reader*>(r)->close(); }),
        place_([](void* r) { return std::string(static_cast<Reader*>(r)->place()); }) {}

    void scalar(const json_scalar& value) { scalar_(reader_, value); }
    void key(const std::string& text) { key_(reader_, text); }
    void open(json_container container) { open_(reader_, container); }
    void close() { close_(reader_); }
    std::string place() const { return place_(reader_); }

  private:
    void* reader_;
    void (*scalar_)(void*, const json_scalar&);
    void (*key_)(void*, const std::string&);
    void (*open_)(void*, json_container);
    void (*close_)(void*);
    std::string (*place_)(void*);
};

/// What `read_json` does, for any reader. bodies/json_events.hpp has the body.
void parse_json(const json_source& source, json_reader_ref reader);

/// Walks a whole text. One pass; memory: the longest string.
/// @throws format_error (the source's codes) for what is not UTF-8, not JSON or nested beyond 127 levels
template <class Reader>
void read_json(const json_source& source, Reader& reader) {
    parse_json(source, json_reader_ref(reader));
}

} // namespace detail

} // namespace svdlens::inline v0_2

#ifndef SVDLENS_COMPILED
#include "../bodies/json_events.hpp"
#endif

#endif
