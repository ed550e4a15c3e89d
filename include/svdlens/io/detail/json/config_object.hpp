/// @file
/// One JSON object of settings, read field by field.
#ifndef SVDLENS_IO_DETAIL_JSON_CONFIG_OBJECT_HPP
#define SVDLENS_IO_DETAIL_JSON_CONFIG_OBJECT_HPP

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include <nlohmann/json.hpp>

#include "../../../core/error.hpp"
#include "../../../core/text.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

/// The spellings of one field; the first that is there and not null counts.
using field_names = std::initializer_list<const char*>;

/// One JSON object and how its fields are read: absent and null are nothing, a value of a wrong type is an
/// error that names place and key.
class config_object {
  public:
    /// @param where what messages call the text
    /// @throws format_error (invalid_config) for what is no JSON object or has a key twice
    config_object(const std::string& text, std::string where) : where_(std::move(where)) {
        constexpr int deepest = 3; // deeper values are not needed: hostile nesting costs no memory
        std::set<std::string> keys;
        std::optional<std::string> twice;
        const auto keep = [&](int depth, nlohmann::json::parse_event_t event, const nlohmann::json& parsed) {
            if (event == nlohmann::json::parse_event_t::key && depth == 1) {
                const auto& name = parsed.get_ref<const std::string&>();
                if (!keys.insert(name).second) twice = name;
            }
            return depth <= deepest;
        };
        // NUL is the end of input to the parser, which would hide what follows.
        if (text.find('\0') == std::string::npos)
            object_ = nlohmann::json::parse(text.data(), text.data() + text.size(), keep, false);
        if (!object_.is_object()) fail("expected a JSON object, found " + quoted(text));
        if (twice) fail(quoted(*twice) + " stands twice");
    }

    std::optional<std::uint64_t> integer(field_names names) const {
        const auto found = find(names);
        if (found.value == nullptr) return std::nullopt;
        if (!found.value->is_number_unsigned()) fail(found, "a non-negative integer");
        return found.value->get<std::uint64_t>();
    }

    std::optional<double> number(field_names names) const {
        const auto found = find(names);
        if (found.value == nullptr) return std::nullopt;
        if (!found.value->is_number()) fail(found, "a number");
        return found.value->get<double>();
    }

    std::optional<bool> boolean(field_names names) const {
        const auto found = find(names);
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
        return config_object(*found.value, where_ + ": " + quoted(found.name));
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

    config_object(nlohmann::json object, std::string where) :
        where_(std::move(where)), object_(std::move(object)) {}

    field find(field_names names) const {
        for (const char* const name : names) {
            const auto at = object_.find(name);
            if (at != object_.end() && !at->is_null()) return {name, &*at};
        }
        return {};
    }

    static std::string description(const nlohmann::json& value) {
        if (value.is_string()) return "the string " + quoted(value.get_ref<const std::string&>());
        if (value.is_number()) return "the number " + value.dump();
        return value.is_boolean() ? "a boolean" : value.is_object() ? "an object" : "an array";
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
