/// @file
/// Which names a header declares at namespace scope, found by reading its text.
///
/// No compiler: declarations are cut at the semicolons and braces of namespace scope, and the name is where
/// the grammar of this library's code puts it. It knows what the headers use, and no macros.
#ifndef SVDLENS_TESTS_CONTRACT_DECLARED_NAMES_HPP
#define SVDLENS_TESTS_CONTRACT_DECLARED_NAMES_HPP

#include <algorithm>
#include <array>
#include <cctype>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace svdlens_tests {

/// A name at namespace scope. Inline namespaces are left out of `space`.
struct declared_name {
    std::string space; ///< such as `svdlens::plot`
    std::string name;

    friend bool operator==(const declared_name&, const declared_name&) = default;
    friend auto operator<=>(const declared_name&, const declared_name&) = default;
};

/// Whether a namespace is private: `detail` is one of its parts.
inline bool is_private_space(std::string_view space) {
    return space.find("::detail") != std::string_view::npos;
}

/// The words and signs of C++ text; comments, string contents and preprocessor lines are left out.
inline std::vector<std::string> tokens_of(std::string_view text) {
    std::vector<std::string> tokens;
    const auto is_word = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; };
    bool line_start = true;
    for (std::size_t k = 0; k < text.size();) {
        const char c = text[k];
        if (c == '\n') {
            line_start = true;
            ++k;
        } else if (std::isspace(static_cast<unsigned char>(c)) != 0) {
            ++k;
        } else if (c == '#' && line_start) {
            while (k < text.size() && text[k] != '\n') k += text[k] == '\\' ? 2 : 1;
        } else if (text.substr(k, 2) == "//") {
            while (k < text.size() && text[k] != '\n') ++k;
        } else if (text.substr(k, 2) == "/*") {
            k = std::min(text.find("*/", k), text.size() - 2) + 2;
        } else if (text.substr(k, 2) == "R\"") {
            const auto open = text.find('(', k);
            const auto end = ")" + std::string(text.substr(k + 2, open - k - 2)) + "\"";
            k = text.find(end, open) + end.size();
            tokens.emplace_back("\"\"");
        } else if (c == '"' || c == '\'') {
            for (++k; k < text.size() && text[k] != c; ++k)
                if (text[k] == '\\') ++k;
            ++k;
            tokens.emplace_back("\"\"");
            line_start = false;
        } else if (is_word(c)) {
            const auto begin = k;
            // A quote inside a number separates its digits.
            const bool number = std::isdigit(static_cast<unsigned char>(c)) != 0;
            while (k < text.size() && (is_word(text[k]) || (number && text[k] == '\''))) ++k;
            tokens.emplace_back(text.substr(begin, k - begin));
            line_start = false;
        } else {
            static constexpr std::array<std::string_view, 4> pairs{"::", "->", "&&", "||"};
            const bool pair = std::find(pairs.begin(), pairs.end(), text.substr(k, 2)) != pairs.end();
            tokens.emplace_back(text.substr(k, pair ? 2 : 1));
            k += pair ? 2 : 1;
            line_start = false;
        }
    }
    return tokens;
}

/// Reads the declarations of one header.
class declaration_reader {
  public:
    explicit declaration_reader(std::string_view text) : tokens_(tokens_of(text)) {}

    std::vector<declared_name> read() {
        while (at_ < tokens_.size()) read_one();
        return found_;
    }

  private:
    using words = std::vector<std::string>;

    bool is(std::string_view word) const { return at_ < tokens_.size() && tokens_[at_] == word; }

    static bool is_name(const std::string& token) {
        return std::isalpha(static_cast<unsigned char>(token[0])) != 0 || token[0] == '_';
    }

    static bool is_one_of(const std::string& token, std::initializer_list<std::string_view> words) {
        return std::find(words.begin(), words.end(), token) != words.end();
    }

    void read_one() {
        if (is("}")) {
            if (!spaces_.empty()) spaces_.pop_back();
            ++at_;
        } else if (is(";")) {
            ++at_;
        } else if (is("namespace") ||
                   (is("inline") && at_ + 1 < tokens_.size() && tokens_[at_ + 1] == "namespace")) {
            open_namespace();
        } else {
            declaration();
        }
    }

    void open_namespace() {
        std::string space;
        bool is_inline = false;
        for (; !is("{") && at_ < tokens_.size(); ++at_) {
            const auto& token = tokens_[at_];
            if (token == "inline") is_inline = true;
            if (token == "namespace" || token == "::" || token == "inline") continue;
            if (!is_inline) space += (space.empty() ? "" : "::") + token;
            is_inline = false;
        }
        ++at_;
        spaces_.push_back(space);
    }

    /// Past a bracket and its partner.
    void skip_brackets(std::string_view open, std::string_view close) {
        int depth = 0;
        do {
            if (is(open)) ++depth;
            if (is(close)) --depth;
            if (open == "<" && is("(")) {
                skip_brackets("(", ")");
                continue;
            }
            ++at_;
        } while (depth > 0 && at_ < tokens_.size());
    }

    /// Past `a::b<c>`, `(...)` and what && and || join, as after `requires`.
    void skip_constraint() {
        do {
            if (is("&&") || is("||") || is("!")) ++at_;
            if (is("(")) {
                skip_brackets("(", ")");
                continue;
            }
            while (at_ < tokens_.size() && (is_name(tokens_[at_]) || is("::"))) {
                ++at_;
                if (is("<")) skip_brackets("<", ">");
                if (!is("::")) break;
            }
        } while (is("&&") || is("||"));
    }

    void declaration() {
        if (is("template")) {
            ++at_;
            if (!is("<")) return skip_to_end(); // an explicit instantiation
            skip_brackets("<", ">");
            if (is("requires")) {
                ++at_;
                skip_constraint();
            }
            return declaration();
        }
        if (is("extern") || is("static_assert")) return skip_to_end();
        if (is_one_of(tokens_[at_], {"class", "struct", "union", "enum", "concept", "using"})) return type();
        function_or_value();
    }

    void type() {
        const bool assigned = is("concept") || is("using"); // ends at its semicolon, whatever braces it has
        for (++at_; is("class") || is("struct") || is("namespace");) ++at_;
        while (is("[")) skip_brackets("[", "]");
        while (at_ + 2 < tokens_.size() && tokens_[at_ + 1] == "::") at_ += 2; // using plot::write_html
        const std::string name = tokens_[at_];
        while (at_ < tokens_.size() && !is(";") && (assigned || !is("{")))
            is("{") ? skip_brackets("{", "}") : void(++at_);
        const bool forward = !assigned && is(";");
        skip_to_end();
        if (!forward) add(name);
    }

    void function_or_value() {
        std::string name;
        bool qualified = false;
        while (at_ < tokens_.size() && !is(";") && !is("{") && !is("=") && !is("(")) {
            const std::string token = tokens_[at_];
            if (token == "[") {
                skip_brackets("[", "]");
            } else if (token == "<" && !name.empty()) {
                skip_brackets("<", ">");
            } else if (is_one_of(token, {"decltype", "noexcept", "alignas", "__attribute__"})) {
                ++at_;
                if (is("(")) skip_brackets("(", ")");
            } else if (token == "operator") {
                return skip_to_end();
            } else {
                if (token == "::") qualified = true;
                if (is_name(token)) {
                    qualified = at_ > 0 && tokens_[at_ - 1] == "::";
                    name = token;
                }
                ++at_;
            }
        }
        skip_to_end();
        if (!qualified && !name.empty()) add(name);
    }

    /// Past the semicolon, or the body, that ends a declaration.
    void skip_to_end() {
        while (at_ < tokens_.size() && !is(";")) {
            if (is("(")) {
                skip_brackets("(", ")");
            } else if (is("{")) {
                skip_brackets("{", "}");
                if (!is(";") && !is(",") && !is(")")) return;
            } else {
                ++at_;
            }
        }
        ++at_;
    }

    void add(const std::string& name) {
        std::string space;
        for (const auto& part : spaces_)
            if (!part.empty()) space += (space.empty() ? "" : "::") + part;
        const declared_name declared{space, name};
        if (std::find(found_.begin(), found_.end(), declared) == found_.end()) found_.push_back(declared);
    }

    words tokens_;
    std::size_t at_ = 0;
    words spaces_;
    std::vector<declared_name> found_;
};

/// The names that a header declares at namespace scope, each once, in the order of the text. Not: operators,
/// members defined outside their class, forward declarations, instantiations.
inline std::vector<declared_name> declared_names(std::string_view text) {
    return declaration_reader(text).read();
}

} // namespace svdlens_tests

#endif
