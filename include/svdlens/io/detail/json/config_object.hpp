/// @file
/// One JSON object of settings, read field by field.
#ifndef SVDLENS_IO_DETAIL_JSON_CONFIG_OBJECT_HPP
#define SVDLENS_IO_DETAIL_JSON_CONFIG_OBJECT_HPP

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "../../../core/error.hpp"
#include "../../../core/text.hpp"
#include "../foreign_format.hpp"
#include "json_events.hpp"
#include "json_source.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

/// The spellings of one field; the first that is there and not null counts.
using field_names = std::initializer_list<const char*>;

/// Python writes numbers that JSON does not have: `NaN`, `Infinity`, `-Infinity`. Strings of their lengths,
/// which no config has, stand in for them: what nobody reads stops nothing, and places in messages stay.
struct number_word {
    std::string_view word;
    std::string_view stand_in; ///< as JSON
    std::string_view text;     ///< what that string reads as
};
inline constexpr number_word number_words[] = {
    {"-Infinity", "\"\\u0001-\"", "\x01-"}, {"Infinity", "\"\\u0001\"", "\x01"}, {"NaN", "\"\x7f\"", "\x7f"}};

/// The word that begins a text; null where none does.
inline const number_word* number_word_at(std::string_view text) {
    for (const auto& each : number_words)
        if (text.starts_with(each.word)) return &each;
    return nullptr;
}

/// A text with stand-ins for the words outside its strings. O(size)
inline std::string with_number_words(std::string text) {
    bool in_string = false;
    for (std::size_t k = 0; k < text.size(); ++k) {
        if (text[k] == '"') in_string = !in_string;
        if (in_string && text[k] == '\\') ++k;
        const auto* const found = in_string ? nullptr : number_word_at(std::string_view(text).substr(k));
        if (found == nullptr) continue;
        text.replace(k, found->word.size(), found->stand_in);
        k += found->word.size() - 1;
    }
    return text;
}

/// Makes a value of events. Containers below the seventh level (the block of a group of quantised weights
/// of a text model) are null: they are not needed, and hostile nesting costs no memory. An object in which a key stands twice says so under `twice`: nobody may read it.
class config_reader {
  public:
    static constexpr const char* twice = "\x01twice";
    nlohmann::json value;

    void scalar(const json_scalar& found) {
        using kind = json_scalar::kind;
        if (dropped_ != 0) return;
        if (found.type == kind::null) put(nullptr);
        if (found.type == kind::boolean) put(found.magnitude != 0);
        if (found.type == kind::unsigned_integer) put(found.magnitude);
        if (found.type == kind::negative_integer) put(static_cast<std::int64_t>(0 - found.magnitude));
        if (found.type == kind::real) put(found.real);
        if (found.type == kind::string) put(*found.text);
    }
    void key(const std::string& text) {
        if (dropped_ != 0) return;
        if (open_.back()->contains(text)) (*open_.back())[twice] = text;
        key_ = text;
    }
    void open(json_container container) {
        constexpr std::size_t deepest = 7;
        if (dropped_ != 0 || open_.size() == deepest) {
            if (dropped_++ == 0) put(nullptr);
            return;
        }
        const bool object = container == json_container::object;
        open_.push_back(&put(object ? nlohmann::json::object() : nlohmann::json::array()));
    }
    void close() {
        if (dropped_ != 0)
            --dropped_;
        else
            open_.pop_back();
    }
    std::string place() const { return ""; }

  private:
    nlohmann::json& put(nlohmann::json found) {
        if (open_.empty()) return value = std::move(found);
        auto& target = *open_.back();
        if (target.is_object()) return target[key_] = std::move(found);
        target.push_back(std::move(found));
        return target.back();
    }

    std::vector<nlohmann::json*> open_; ///< from the outermost; each is the last of its parent, and stays
    std::string key_;
    std::size_t dropped_ = 0; ///< levels that are open and not kept
};

/// One JSON object and how its fields are read: absent and null are nothing, a value of a wrong type is an
/// error that names place and key.
class config_object {
  public:
    /// @param where what messages call the text
    /// @param largest bytes that it may have
    /// @throws format_error (invalid_config) for what is no JSON object, has a key twice or is too large
    config_object(std::string_view text, std::string where, std::uint64_t largest) :
        where_(std::move(where)) {
        if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
        json_source source{.text = text,
                           .label = where_,
                           .noun = "the text",
                           .malformed = errc::invalid_config,
                           .not_utf8 = errc::invalid_config,
                           .hint = instead_of_json(text),
                           .largest = largest,
                           .deepest = SIZE_MAX}; // what is deep is dropped
        check_json_text(source);
        const std::string plain = with_number_words(std::string(text));
        source.text = plain;
        config_reader reader;
        read_json(source, reader);
        object_ = std::move(reader.value);
        if (!object_.is_object()) fail("expected a JSON object, found " + description(object_));
        check_keys();
    }

    std::optional<std::uint64_t> integer(field_names names) const {
        const auto found = find_agreed(names);
        if (found.value == nullptr) return std::nullopt;
        if (!found.value->is_number_unsigned()) fail(found, "a non-negative integer");
        return found.value->get<std::uint64_t>();
    }

    /// A count that nothing is computed with: a whole number however it is written (`32768.0`). What is none,
    /// or has several spellings that differ, is passed over.
    std::optional<std::uint64_t> count(field_names names) const {
        const auto found = find(names);
        if (found.value == nullptr || !found.value->is_number() ||
            other_spelling(names, found).value != nullptr)
            return std::nullopt;
        if (found.value->is_number_unsigned()) return found.value->get<std::uint64_t>();
        constexpr double largest = 9007199254740992; // 2^53: all whole numbers below are doubles
        const double real = found.value->get<double>();
        if (!(real >= 0 && real <= largest) || real != std::floor(real)) return std::nullopt;
        return static_cast<std::uint64_t>(real);
    }

    std::optional<double> number(field_names names) const {
        const auto found = find(names);
        if (found.value == nullptr) return std::nullopt;
        if (!found.value->is_number()) fail(found, "a number");
        return found.value->get<double>();
    }

    std::optional<bool> boolean(field_names names) const {
        const auto found = find_agreed(names);
        if (found.value == nullptr) return std::nullopt;
        if (!found.value->is_boolean()) fail(found, "true or false");
        return found.value->get<bool>();
    }

    std::optional<std::string> string(field_names names) const {
        const auto found = find(names);
        if (found.value == nullptr) return std::nullopt;
        if (!found.value->is_string()) fail(found, "a string");
        return found.value->get<std::string>();
    }

    /// The object that a field holds.
    std::optional<config_object> object(field_names names) const {
        const auto found = find(names);
        if (found.value == nullptr) return std::nullopt;
        if (!found.value->is_object()) fail(found, "an object");
        return inner(found.name, *found.value);
    }

    /// The fields that hold objects, with their names.
    std::vector<std::pair<std::string, config_object>> objects() const {
        std::vector<std::pair<std::string, config_object>> all;
        for (const auto& each : object_.items())
            if (each.value().is_object()) all.emplace_back(each.key(), inner(each.key(), each.value()));
        return all;
    }

    /// All fields, which have to hold numbers, in the order of their names.
    std::vector<std::pair<std::string, double>> numbers() const {
        std::vector<std::pair<std::string, double>> all;
        for (const auto& each : object_.items()) {
            if (!each.value().is_number()) fail({each.key().c_str(), &each.value()}, "a number");
            all.emplace_back(each.key(), each.value().get<double>());
        }
        return all;
    }

    /// The fields that are neither null nor false nor empty.
    std::vector<std::string> set_fields() const {
        std::vector<std::string> all;
        for (const auto& each : object_.items()) {
            const auto& value = each.value();
            const bool is_false = value.is_boolean() && !value.get<bool>();
            const bool is_empty = (value.is_structured() && value.empty()) || value == "";
            if (!value.is_null() && !is_false && !is_empty) all.push_back(each.key());
        }
        return all;
    }

    /// Whether a field is there and null.
    bool is_null(const char* name) const {
        const auto at = object_.find(name);
        return at != object_.end() && at->is_null();
    }

    /// A field that may hold values of several types: `read(value)` says what it means, or nothing.
    template <class Read>
    auto any(field_names names, const char* expected, Read read) const {
        const auto found = find(names);
        using result = decltype(read(*found.value));
        if (found.value == nullptr) return result();
        const result value = read(*found.value);
        if (!value) fail(found, expected);
        return value;
    }

  private:
    struct field {
        const char* name = "";
        const nlohmann::json* value = nullptr;
    };

    config_object() = default;

    config_object inner(const std::string& name, const nlohmann::json& object) const {
        config_object result;
        result.where_ = where_ + ": " + quoted(name);
        result.object_ = object;
        result.check_keys();
        return result;
    }

    void check_keys() const {
        const auto found = object_.find(config_reader::twice);
        if (found != object_.end() && found->is_string())
            fail(quoted(found->get_ref<const std::string&>()) + " stands twice");
    }

    field find(field_names names) const {
        for (const char* const name : names) {
            const auto at = object_.find(name);
            if (at != object_.end() && !at->is_null()) return {name, &*at};
        }
        return {};
    }

    /// A spelling after the found one that has another value.
    field other_spelling(field_names names, const field& found) const {
        for (const char* const name : names) {
            const auto at = object_.find(name);
            if (at != object_.end() && !at->is_null() && *at != *found.value) return {name, &*at};
        }
        return {};
    }

    /// As `find`, for fields of one meaning: two spellings with two values are an error.
    field find_agreed(field_names names) const {
        const auto found = find(names);
        if (found.value == nullptr) return found;
        const auto other = other_spelling(names, found);
        if (other.value != nullptr)
            fail(quoted(other.name) + ": expected what " + quoted(found.name) + " says, " +
                 description(*found.value) + ", found " + description(*other.value));
        return found;
    }

    static std::string description(const nlohmann::json& value) {
        for (const auto& each : number_words)
            if (value == each.text) return std::string(each.word);
        if (value.is_null()) return "null";
        if (value.is_string()) return "the string " + quoted(value.get_ref<const std::string&>());
        if (value.is_number()) return "the number " + value.dump();
        if (value.is_boolean()) return value.get<bool>() ? "true" : "false";
        return value.is_object() ? "an object" : "an array";
    }

    [[noreturn]] void fail(const std::string& what) const {
        throw format_error(errc::invalid_config, where_ + ": " + what);
    }

    [[noreturn]] void fail(const field& found, const char* expected) const {
        fail(quoted(found.name) + ": expected " + expected + ", found " + description(*found.value));
    }

    std::string where_;
    nlohmann::json object_;
};

} // namespace detail

} // namespace svdlens::inline v0_2

#endif
