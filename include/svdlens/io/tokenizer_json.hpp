/// @file
/// The JSON of a tokenizer: an event handler that keeps the tokens and their ids, and passes over merges and
/// all else, which are most of the file.
#ifndef SVDLENS_IO_TOKENIZER_JSON_HPP
#define SVDLENS_IO_TOKENIZER_JSON_HPP

#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "../core/text.hpp"
#include "token_text.hpp"

namespace svdlens::inline v0 {

namespace detail {

/// What a JSON file with tokens is.
enum class tokenizer_format {
    vocabulary, ///< one object of token → id (`vocab.json`, `added_tokens.json`)
    tokenizer,  ///< `tokenizer.json`: `model.vocab`, `added_tokens`, `decoder`, ...
};

struct token_entry {
    std::uint64_t id = 0;
    std::string text;
};

/// Receives the parser's events and stops at the first offence.
class tokenizer_json {
  public:
    using number_integer_t = nlohmann::json::number_integer_t;
    using number_unsigned_t = nlohmann::json::number_unsigned_t;
    using number_float_t = nlohmann::json::number_float_t;

    explicit tokenizer_json(tokenizer_format format) : format_(format) {}

    std::vector<token_entry> vocabulary;    ///< spelled by the file's rule
    std::vector<token_entry> added;         ///< spelled as they are
    std::optional<token_spelling> spelling; ///< where the file tells it
    bool has_vocabulary = false;
    std::string message; ///< after a failure: why, for people

    bool null() { return other_value("null"); }
    bool boolean(bool) { return other_value("a boolean"); }
    bool number_integer(number_integer_t value) { return number("the number " + to_text(value)); }
    bool number_float(number_float_t, const std::string& text) {
        return number("the number " + quoted(text));
    }
    bool binary(nlohmann::json::binary_t&) { return other_value("bytes"); }

    bool number_unsigned(number_unsigned_t value) {
        if (here() == place::vocabulary) {
            vocabulary.push_back({value, key_});
            return true;
        }
        if (here() == place::added && key_ == "id") {
            added.back().id = value;
            has_id_ = true;
            return true;
        }
        return number("the number " + to_text(value));
    }

    bool string(std::string& text) {
        if (here() == place::piece && slot_ == 0) {
            vocabulary.push_back({vocabulary.size(), std::move(text)});
            ++slot_;
            return true;
        }
        if (here() == place::added && key_ == "content") {
            added.back().text = std::move(text);
            has_content_ = true;
            return true;
        }
        if (here() == place::hints && key_ == "type") note_type(text);
        return other_value("the string " + quoted(text));
    }

    bool key(std::string& text) {
        if (here() != place::ignored) key_ = std::move(text);
        return true;
    }

    bool start_object(std::size_t) {
        switch (here()) {
        case place::document:
            return enter(format_ == tokenizer_format::tokenizer ? place::tokenizer : place::vocabulary);
        case place::tokenizer:
            if (key_ == "model") return enter(place::model);
            if (key_ == "decoder" || key_ == "pre_tokenizer") return enter(place::hints);
            break;
        case place::model:
            if (key_ == "vocab") return enter(place::vocabulary);
            break;
        case place::added_list:
            added.emplace_back();
            has_id_ = has_content_ = false;
            return enter(place::added);
        case place::hints:
            return enter(place::hints);
        default:
            break;
        }
        return enter_ignored("an object");
    }

    bool start_array(std::size_t) {
        if (here() == place::tokenizer && key_ == "added_tokens") return enter(place::added_list);
        if (here() == place::model && key_ == "vocab") return enter(place::pieces);
        if (here() == place::hints) return enter(place::hints);
        if (here() == place::pieces) {
            slot_ = 0;
            return enter(place::piece);
        }
        return enter_ignored("an array");
    }

    bool end_object() {
        if (here() == place::added && !(has_id_ && has_content_)) {
            key_.clear();
            return fail("expected the fields id and content, found less");
        }
        places_.pop_back();
        return true;
    }

    bool end_array() {
        if (here() == place::piece && slot_ != 2) return fail("expected a text and a number, found less");
        places_.pop_back();
        return true;
    }

    bool parse_error(std::size_t position, const std::string& token, const nlohmann::json::exception&) {
        message = "not valid JSON at byte " + to_text(position) + ", near " + quoted(token);
        return false;
    }

  private:
    enum class place {
        document,
        vocabulary,
        tokenizer,
        model,
        pieces,
        piece,
        added_list,
        added,
        hints,
        ignored
    };

    static constexpr std::size_t deepest = 127;

    place here() const { return places_.back(); }

    bool enter(place next) {
        if (places_.size() > deepest)
            return fail("expected at most " + to_text(deepest) + " levels of nesting, found more");
        has_vocabulary = has_vocabulary || next == place::vocabulary || next == place::pieces;
        places_.push_back(next);
        return true;
    }

    bool enter_ignored(const char* found) { return other_value(found) && enter(place::ignored); }

    /// A number where only the score of a piece is expected.
    bool number(const std::string& found) {
        if (here() != place::piece || slot_ != 1) return other_value(found);
        ++slot_;
        return true;
    }

    /// Whether the current value is one that nobody asks for.
    bool other_value(const std::string& found) {
        const auto expected = expectation();
        return expected.empty() || fail(expected + ", found " + found);
    }

    std::string expectation() const {
        switch (here()) {
        case place::document:
            return "expected an object";
        case place::vocabulary:
            return "token " + quoted(key_) + ": expected a non-negative integer as its id";
        case place::tokenizer:
            return key_ == "model" ? "expected an object" : key_ == "added_tokens" ? "expected an array" : "";
        case place::model:
            return key_ == "vocab" ? "expected an object of ids, or an array of pieces" : "";
        case place::pieces:
            return "expected a text with its number";
        case place::piece:
            return slot_ == 0 ? "expected a text" : slot_ == 1 ? "expected a number" : "expected no more";
        case place::added_list:
            return "expected an object";
        case place::added:
            return key_ == "id"        ? "expected a non-negative integer"
                   : key_ == "content" ? "expected a string"
                                       : "";
        default:
            return "";
        }
    }

    void note_type(const std::string& text) {
        if (text == "ByteLevel") spelling = token_spelling::byte_level;
        if (text == "Metaspace" && !spelling) spelling = token_spelling::sentencepiece;
    }

    /// Where the offence is, as a path of keys.
    bool fail(const std::string& what) {
        std::string where;
        for (const place each : places_) {
            if (each == place::model) where = "\"model\": ";
            if (each == place::vocabulary || each == place::pieces || each == place::piece)
                where = format_ == tokenizer_format::tokenizer ? "\"model\": \"vocab\": " : "";
            if (each == place::added_list || each == place::added)
                where = "\"added_tokens\": entry " +
                        to_text(added.size() - (here() == place::added ? 1 : 0)) + ": ";
        }
        if (here() == place::piece || here() == place::pieces)
            where +=
                "entry " + to_text(vocabulary.size() - (here() == place::piece && slot_ > 0 ? 1 : 0)) + ": ";
        const bool keyed = here() == place::tokenizer || here() == place::model || here() == place::added;
        message = where + (keyed && !key_.empty() ? quoted(key_) + ": " : "") + what;
        return false;
    }

    tokenizer_format format_;
    std::vector<place> places_ = {place::document};
    std::string key_;
    std::size_t slot_ = 0; ///< of the piece being read: how many values it has so far
    bool has_id_ = false;
    bool has_content_ = false;
};

} // namespace detail

} // namespace svdlens::inline v0

#endif
