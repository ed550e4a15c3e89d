/// @file
/// A small JSON text as a tree whose values know their lines.
#ifndef SVDLENS_MODEL_DETAIL_JSON_JSON_TREE_HPP
#define SVDLENS_MODEL_DETAIL_JSON_JSON_TREE_HPP

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "../../../core/error.hpp"
#include "../../../core/text.hpp"
#include "../../../io/detail/json/json_events.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

/// A value of a JSON text.
struct json_node {
    enum class kind { null, boolean, number, string, array, object };
    kind type = kind::null;
    std::size_t line = 0;
    std::string key = {};              ///< in an object
    bool flag = false;                 ///< of a boolean
    double number = 0;                 ///< of a number
    std::uint64_t whole = 0;           ///< of a number that is one, not below 0
    bool is_whole = false;             ///< it is
    std::string text = {};             ///< of a string
    std::vector<json_node> items = {}; ///< of an array or object

    /// The value of a key; null where there is none.
    const json_node* find(std::string_view wanted) const {
        const auto at = std::find_if(items.begin(), items.end(),
                                     [&](const json_node& each) { return each.key == wanted; });
        return type == kind::object && at != items.end() ? &*at : nullptr;
    }

    /// For messages.
    std::string describe() const {
        if (type == kind::string) return "the string " + quoted(text);
        if (type == kind::array) return "a list";
        if (type == kind::object) return "an object";
        if (type == kind::boolean) return "a boolean";
        return type == kind::null ? "null" : "a number";
    }
};

/// Walks a text token by token beside its parser, which has found each to be well-formed.
class token_lines {
  public:
    explicit token_lines(std::string_view text) : text_(text) {}

    /// Of the token that was stepped over last, from 1 on.
    std::size_t line() const { return line_; }

    void step() {
        while (at_ < text_.size() && std::string_view(" \t\r\n,:").find(text_[at_]) != std::string_view::npos)
            line_ += text_[at_++] == '\n' ? 1U : 0U;
        if (at_ == text_.size()) return;
        if (text_[at_] == '"')
            step_string();
        else if (std::string_view("{}[]").find(text_[at_]) != std::string_view::npos)
            ++at_;
        else
            at_ = (std::min)(text_.find_first_of(" \t\r\n,:{}[]", at_), text_.size());
    }

  private:
    void step_string() {
        for (++at_; at_ < text_.size() && text_[at_] != '"'; ++at_)
            if (text_[at_] == '\\') ++at_;
        at_ = (std::min)(at_ + 1, text_.size());
    }

    std::string_view text_;
    std::size_t at_ = 0;
    std::size_t line_ = 1;
};

/// Makes a tree of events; a key that stands twice in an object is refused.
class json_tree_reader {
  public:
    json_node root;

    explicit json_tree_reader(const json_source& source) : source_(source), tokens_(source.text) {}

    void scalar(const json_scalar& found) {
        using kind = json_scalar::kind;
        tokens_.step();
        json_node node;
        node.type = found.type == kind::null      ? json_node::kind::null
                    : found.type == kind::boolean ? json_node::kind::boolean
                    : found.type == kind::string  ? json_node::kind::string
                                                  : json_node::kind::number;
        node.flag = found.magnitude != 0;
        node.whole = found.magnitude;
        node.is_whole = found.type == kind::unsigned_integer;
        node.number = found.type == kind::real ? found.real : static_cast<double>(found.magnitude);
        if (found.type == kind::negative_integer) node.number = -node.number;
        if (found.type == kind::string) node.text = *found.text;
        put(std::move(node));
    }
    void key(const std::string& text) {
        tokens_.step();
        if (!keys_.back().insert(text).second)
            throw format_error(errc::duplicate_key, source_.label + ":" + to_text(tokens_.line()) + ": key " +
                                                        quoted(text) + " stands twice in one object");
        key_ = text;
    }
    void open(json_container container) {
        tokens_.step();
        json_node node;
        node.type = container == json_container::object ? json_node::kind::object : json_node::kind::array;
        open_.push_back(&put(std::move(node)));
        keys_.emplace_back();
    }
    void close() {
        tokens_.step();
        open_.pop_back();
        keys_.pop_back();
    }
    std::string place() const { return ", in or behind line " + to_text(tokens_.line()); }

  private:
    /// A place of the innermost container does not move while it is the innermost.
    json_node& put(json_node node) {
        node.line = tokens_.line();
        if (open_.empty()) return root = std::move(node);
        if (open_.back()->type == json_node::kind::object) node.key = std::exchange(key_, {});
        return open_.back()->items.emplace_back(std::move(node));
    }

    const json_source& source_;
    token_lines tokens_;
    std::vector<json_node*> open_;
    std::vector<std::set<std::string>> keys_;
    std::string key_;
};

/// @throws format_error (the source's codes; duplicate_key) naming the line
inline json_node read_json_tree(const json_source& source) {
    json_tree_reader reader(source);
    read_json(source, reader);
    return std::move(reader.root);
}

} // namespace detail

} // namespace svdlens::inline v0_2

#endif
