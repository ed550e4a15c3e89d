/// @file
/// The JSON of a tokenizer: a reader of events that keeps the tokens and their ids, and passes over merges
/// and all else, which are most of the file.
#ifndef SVDLENS_IO_DETAIL_JSON_TOKENIZER_JSON_HPP
#define SVDLENS_IO_DETAIL_JSON_TOKENIZER_JSON_HPP

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "../../../core/error.hpp"
#include "../../../core/text.hpp"
#include "../foreign_format.hpp"
#include "../name_order.hpp"
#include "../token_text.hpp"
#include "json_events.hpp"
#include "json_source.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

/// The limit on the bytes of a tokenizer's file: eight times the largest known.
inline constexpr std::uint64_t largest_tokenizer = std::uint64_t{1} << 28;

/// What a JSON file with tokens is.
enum class tokenizer_format {
    vocabulary, ///< one object of token → id (`vocab.json`, `added_tokens.json`)
    tokenizer,  ///< `tokenizer.json`: `model.vocab`, `added_tokens`, `decoder`, ...
};

struct token_entry {
    std::uint64_t id = 0;
    std::string text;
};

/// What a file says of tokens.
struct tokenizer_tokens {
    std::vector<token_entry> vocabulary;    ///< spelled by the file's rule
    std::vector<token_entry> added;         ///< spelled as they are
    std::optional<token_spelling> spelling; ///< where the file tells it
};

/// Checks events against what is known of the format and throws at the first offence.
class tokenizer_reader {
  public:
    tokenizer_tokens tokens;
    bool has_vocabulary = false;

    tokenizer_reader(const json_source& source, tokenizer_format format) : source_(source), format_(format) {}

    void scalar(const json_scalar& value) {
        using kind = json_scalar::kind;
        if (value.type == kind::unsigned_integer && take_id(value.magnitude)) return;
        if (value.type == kind::string && take_text(*value.text)) return;
        const bool number = value.type == kind::unsigned_integer || value.type == kind::negative_integer ||
                            value.type == kind::real;
        if (number && here() == place_kind::piece && slot_ == 1) { // the piece's score
            ++slot_;
            return;
        }
        pass_over(value.describe());
    }

    void key(const std::string& text) {
        if (here() != place_kind::ignored) key_ = text;
    }

    void open(json_container container) {
        const auto next = container == json_container::object ? object_place() : array_place();
        if (next == place_kind::ignored) pass_over(describe(container));
        has_vocabulary = has_vocabulary || next == place_kind::vocabulary || next == place_kind::pieces;
        if (next == place_kind::piece) slot_ = 0;
        if (next == place_kind::added) {
            tokens.added.emplace_back();
            has_id_ = has_content_ = false;
        }
        places_.push_back(next);
    }

    void close() {
        if (here() == place_kind::piece && slot_ != 2) fail("expected a text and a number, found less");
        if (here() == place_kind::added && !(has_id_ && has_content_)) {
            key_.clear();
            fail("expected the fields id and content, found less");
        }
        places_.pop_back();
    }

    std::string place() const { return ""; } // of tokens without number, none is a landmark

  private:
    enum class place_kind {
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

    place_kind here() const { return places_.back(); }

    bool take_id(std::uint64_t id) {
        if (here() == place_kind::vocabulary) {
            tokens.vocabulary.push_back({id, key_});
            return true;
        }
        if (here() != place_kind::added || key_ != "id") return false;
        tokens.added.back().id = id;
        return has_id_ = true;
    }

    bool take_text(const std::string& text) {
        if (here() == place_kind::piece && slot_ == 0) {
            tokens.vocabulary.push_back({tokens.vocabulary.size(), text});
            ++slot_;
            return true;
        }
        if (here() == place_kind::hints && key_ == "type") note_type(text);
        if (here() != place_kind::added || key_ != "content") return false;
        tokens.added.back().text = text;
        return has_content_ = true;
    }

    /// What an object that opens here is.
    place_kind object_place() const {
        switch (here()) {
        case place_kind::document:
            return format_ == tokenizer_format::tokenizer ? place_kind::tokenizer : place_kind::vocabulary;
        case place_kind::tokenizer:
            if (key_ == "model") return place_kind::model;
            return key_ == "decoder" || key_ == "pre_tokenizer" ? place_kind::hints : place_kind::ignored;
        case place_kind::model:
            return key_ == "vocab" ? place_kind::vocabulary : place_kind::ignored;
        case place_kind::added_list:
            return place_kind::added;
        case place_kind::hints:
            return place_kind::hints;
        default:
            return place_kind::ignored;
        }
    }

    place_kind array_place() const {
        if (here() == place_kind::tokenizer && key_ == "added_tokens") return place_kind::added_list;
        if (here() == place_kind::model && key_ == "vocab") return place_kind::pieces;
        if (here() == place_kind::pieces) return place_kind::piece;
        return here() == place_kind::hints ? place_kind::hints : place_kind::ignored;
    }

    /// For a value that nobody asks for: refuses it where another one is expected.
    void pass_over(const std::string& found) const {
        const auto expected = expectation();
        if (!expected.empty()) fail(expected + ", found " + found);
    }

    std::string expectation() const {
        switch (here()) {
        case place_kind::document:
            return "expected an object";
        case place_kind::vocabulary:
            return "token " + quoted(key_) + ": expected a non-negative integer as its id";
        case place_kind::tokenizer:
            return key_ == "model" ? "expected an object" : key_ == "added_tokens" ? "expected an array" : "";
        case place_kind::model:
            return key_ == "vocab" ? "expected an object of ids, or an array of pieces" : "";
        case place_kind::pieces:
            return "expected a text with its number";
        case place_kind::piece:
            return slot_ == 0 ? "expected a text" : slot_ == 1 ? "expected a number" : "expected no more";
        case place_kind::added_list:
            return "expected an object";
        case place_kind::added:
            return key_ == "id"        ? "expected a non-negative integer"
                   : key_ == "content" ? "expected a string"
                                       : "";
        default:
            return "";
        }
    }

    void note_type(const std::string& text) {
        if (text == "ByteLevel") tokens.spelling = token_spelling::byte_level;
        if (text == "Metaspace" && !tokens.spelling) tokens.spelling = token_spelling::sentencepiece;
    }

    /// Where the offence is, as a path of keys.
    std::string path() const {
        std::string where;
        for (const auto each : places_) {
            if (each == place_kind::model) where = "\"model\": ";
            if (each == place_kind::vocabulary || each == place_kind::pieces || each == place_kind::piece)
                where = format_ == tokenizer_format::tokenizer ? "\"model\": \"vocab\": " : "";
            if (each == place_kind::added_list || each == place_kind::added)
                where = "\"added_tokens\": entry " +
                        to_text(tokens.added.size() - (here() == place_kind::added ? 1 : 0)) + ": ";
        }
        const bool in_piece = here() == place_kind::piece;
        if (in_piece || here() == place_kind::pieces)
            where += "entry " + to_text(tokens.vocabulary.size() - (in_piece && slot_ > 0 ? 1 : 0)) + ": ";
        const bool keyed =
            here() == place_kind::tokenizer || here() == place_kind::model || here() == place_kind::added;
        return where + (keyed && !key_.empty() ? quoted(key_) + ": " : "");
    }

    [[noreturn]] void fail(const std::string& what) const { source_.fail(path() + what); }

    const json_source& source_;
    tokenizer_format format_;
    std::vector<place_kind> places_ = {place_kind::document};
    std::string key_;
    std::size_t slot_ = 0; ///< of the piece being read: how many values it has so far
    bool has_id_ = false;
    bool has_content_ = false;
};

/// Reads the tokens of a text; their order is that of their texts. A byte order mark is passed over.
/// @throws format_error (invalid_config); (duplicate_key) when a token stands twice
inline tokenizer_tokens parse_tokenizer(std::string_view text, const std::string& label,
                                        tokenizer_format format) {
    if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
    const json_source source{.text = text,
                             .label = label,
                             .noun = "the text",
                             .malformed = errc::invalid_config,
                             .not_utf8 = errc::invalid_config,
                             .hint = instead_of_json(text),
                             .largest = largest_tokenizer};
    tokenizer_reader reader(source, format);
    read_json(source, reader);
    if (!reader.has_vocabulary) source.fail("expected \"model\" with \"vocab\", found none");
    if (const auto* const twice = order_by_name(reader.tokens.vocabulary, &token_entry::text))
        source.fail(errc::duplicate_key, "token " + quoted(twice->text) + " stands twice");
    return std::move(reader.tokens);
}

} // namespace detail

} // namespace svdlens::inline v0_2

#endif
