/// @file
/// The bodies of io/token_labels.hpp.
#ifndef SVDLENS_IO_DETAIL_BODIES_TOKEN_LABELS_HPP
#define SVDLENS_IO_DETAIL_BODIES_TOKEN_LABELS_HPP

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "../../../core/detail/body.hpp"
#include "../../../core/error.hpp"
#include "../../../core/text.hpp"
#include "../../mapped_file.hpp"
#include "../../token_labels.hpp"
#include "../checkpoint_folder.hpp"
#include "../json/tokenizer_json.hpp"
#include "../token_text.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

[[noreturn]] inline void throw_tokenizer(const std::filesystem::path& path, const std::string& what) {
    throw format_error(errc::invalid_config, path.string() + ": " + what);
}

inline tokenizer_tokens read_tokenizer(const std::filesystem::path& path, tokenizer_format format) {
    const auto file = map_file(path);
    return parse_tokenizer(file.text(), path.string(), format);
}

/// What most of the tokens that tell are spelled by.
inline token_spelling common_spelling(const std::vector<token_entry>& vocabulary) {
    std::size_t byte_level = 0, sentencepiece = 0, plain = 0;
    for (const auto& each : vocabulary) {
        const std::string_view text = each.text;
        sentencepiece += text.find(sentencepiece_blank) != std::string_view::npos ? 1U : 0U;
        byte_level += text.find(byte_level_blank) != std::string_view::npos ? 1U : 0U;
        plain += text.starts_with("##") ? 1U : 0U;
    }
    if (byte_level > sentencepiece && byte_level > plain) return token_spelling::byte_level;
    return sentencepiece > plain ? token_spelling::sentencepiece : token_spelling::plain;
}

/// Tokens by their ids; an id that no token has is called by its number.
class label_book {
  public:
    explicit label_book(std::filesystem::path path) : path_(std::move(path)) {}

    /// @throws format_error (invalid_config) for an id that is too large or that another token has
    void add(const std::vector<token_entry>& vocabulary, token_spelling spelling) {
        for (const auto& each : vocabulary) {
            auto& place = at(each);
            if (place)
                throw_tokenizer(path_, "token " + quoted(each.text) + ": expected an id of its own, found " +
                                           to_text(each.id) + ", which " + quoted(*place) + " has");
            place = shown_token(each.text, spelling);
        }
    }

    /// Added tokens stand in for those of the vocabulary.
    void replace(const std::vector<token_entry>& added) {
        for (const auto& each : added) at(each) = shown_token(each.text, token_spelling::plain);
    }

    std::vector<std::string> labels() && {
        std::vector<std::string> result;
        result.reserve(places_.size());
        for (auto& each : places_) result.push_back(each ? std::move(*each) : to_text(result.size()));
        return result;
    }

  private:
    std::optional<std::string>& at(const token_entry& token) {
        constexpr std::uint64_t most = std::uint64_t{1} << 22; // a hostile id must not cost memory
        if (token.id >= most)
            throw_tokenizer(path_, "token " + quoted(token.text) + ": expected an id below " + to_text(most) +
                                       ", found " + to_text(token.id));
        const auto id = static_cast<std::size_t>(token.id);
        if (id >= places_.size()) places_.resize(id + 1);
        return places_[id];
    }

    std::filesystem::path path_;
    std::vector<std::optional<std::string>> places_;
};

SVDLENS_BODY std::vector<std::string> labels_of(const std::filesystem::path& path, tokenizer_format format) {
    const auto content = read_tokenizer(path, format);
    label_book book(path);
    book.add(content.vocabulary, content.spelling.value_or(common_spelling(content.vocabulary)));
    book.replace(content.added);
    const auto more = path.parent_path() / "added_tokens.json";
    if (format == tokenizer_format::vocabulary && is_present(more))
        book.replace(read_tokenizer(more, tokenizer_format::vocabulary).vocabulary);
    return std::move(book).labels();
}

/// Which format a file's name tells; nothing for a file that holds no tokens.
inline std::optional<tokenizer_format> format_of(const std::filesystem::path& path) {
    const std::string name = path.filename().string();
    if (name.ends_with("tokenizer.json")) return tokenizer_format::tokenizer;
    if (name.ends_with("vocab.json")) return tokenizer_format::vocabulary;
    return std::nullopt;
}

} // namespace detail

SVDLENS_BODY std::vector<std::string> token_labels(const std::filesystem::path& model) {
    namespace fs = std::filesystem;
    std::error_code failure;
    const auto status = fs::status(model, failure);
    if (!fs::exists(status))
        throw file_error(errc::cannot_open, model.string() + ": there is no such file or folder");
    const bool folder = fs::is_directory(status);
    if (const auto format = detail::format_of(model); format && !folder)
        return detail::labels_of(model, *format);
    const auto place = folder ? detail::model_home(model) : model.parent_path();
    for (const char* const name : {"tokenizer.json", "vocab.json"}) {
        const auto path = place / name;
        if (detail::is_present(path)) return detail::labels_of(path, *detail::format_of(path));
    }
    return {};
}

} // namespace svdlens::inline v0_2

#endif
