/// @file
/// The bodies of io/detail/pickle/pickle_reader.hpp. Instructions are those of Python's pickletools.
#ifndef SVDLENS_IO_DETAIL_BODIES_PICKLE_READER_HPP
#define SVDLENS_IO_DETAIL_BODIES_PICKLE_READER_HPP

#include <array>
#include <bit>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "../../../core/detail/body.hpp"
#include "../../../core/detail/read_double.hpp"
#include "../../../core/error.hpp"
#include "../../../core/text.hpp"
#include "../little_endian.hpp"
#include "../pickle/pickle_reader.hpp"
#include "../pickle/pickle_text.hpp"
#include "../pickle/pickle_tree.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

/// The stack machine that pickles are written for, without its hands: it only notes.
class pickle_machine {
  public:
    pickle_machine(std::string_view bytes, const std::string& label) : bytes_(bytes), label_(label) {
        tree_.nodes.push_back({});                                           // None
        tree_.nodes.push_back({.kind = pickle_kind::boolean, .integer = 0}); // one of each for all
        tree_.nodes.push_back({.kind = pickle_kind::boolean, .integer = 1});
        tree_.nodes.push_back({.kind = pickle_kind::tuple});
    }

    pickle_tree run() {
        static const auto instructions = instruction_table();
        while (!stopped_) {
            if (++done_ > most_pickle_instructions)
                fail("more than " + to_text(most_pickle_instructions) + " instructions");
            start_ = at_;
            const auto code = static_cast<unsigned char>(take(1)[0]);
            if (instructions[code] == nullptr) fail("expected an instruction, found byte " + to_text(+code));
            (this->*instructions[code])();
        }
        tree_.size = at_;
        return std::move(tree_);
    }

  private:
    using instruction = void (pickle_machine::*)();
    static constexpr pickle_id false_id = 1, true_id = 2, empty_tuple_id = 3, unset_id = UINT32_MAX;

    [[noreturn]] void fail(const std::string& what) const {
        throw format_error(errc::invalid_pickle, label_ + ": byte " + to_text(start_) + ": " + what);
    }

    // What stands in the pickle.

    std::string_view take(std::uint64_t size) {
        if (size > bytes_.size() - at_)
            fail("expected " + to_text(size) + " more bytes, found " + to_text(bytes_.size() - at_) +
                 "; it is cut off");
        const auto found = bytes_.substr(at_, static_cast<std::size_t>(size));
        at_ += found.size();
        return found;
    }
    template <class Number>
    Number take_number() {
        return load_little<Number>(reinterpret_cast<const std::byte*>(take(sizeof(Number)).data()));
    }
    std::string_view take_line() {
        const auto end = bytes_.find('\n', at_);
        if (end == std::string_view::npos) fail("expected a line, found none that ends");
        const auto line = bytes_.substr(at_, end - at_);
        at_ = end + 1;
        return line;
    }
    template <class Number>
    Number parse_line() {
        auto line = take_line();
        if (line.ends_with('L')) line.remove_suffix(1);
        Number value{};
        const auto [end, failure] = std::from_chars(line.data(), line.data() + line.size(), value);
        if (failure != std::errc() || end != line.data() + line.size())
            fail("expected a number, found " + quoted(line.substr(0, 40)));
        return value;
    }

    // The stack.

    std::size_t floor() const { return marks_.empty() ? 0 : marks_.back(); }

    void push(pickle_id id) {
        if (stack_.size() == deepest_pickle_stack) fail("too many values wait to be put somewhere");
        stack_.push_back(id);
    }
    void push_node(pickle_node node) { push(add(std::move(node))); }
    pickle_id add(pickle_node node) {
        tree_.nodes.push_back(std::move(node));
        return static_cast<pickle_id>(tree_.nodes.size() - 1);
    }
    pickle_id top() const {
        if (stack_.size() == floor()) fail("expected a value before it, found none");
        return stack_.back();
    }
    pickle_id pop() {
        const pickle_id id = top();
        stack_.pop_back();
        return id;
    }
    std::vector<pickle_id> pop_to_mark() {
        if (marks_.empty()) fail("expected a mark before it, found none");
        const auto from = stack_.begin() + static_cast<std::ptrdiff_t>(marks_.back());
        std::vector<pickle_id> items(from, stack_.end());
        stack_.erase(from, stack_.end());
        marks_.pop_back();
        return items;
    }
    std::vector<pickle_id> pop_items(std::size_t count) {
        std::vector<pickle_id> items(count);
        while (count-- > 0) items[count] = pop();
        return items;
    }

    // Values.

    void do_none() { push(0); }
    void do_true() { push(true_id); }
    void do_false() { push(false_id); }
    void push_integer(std::int64_t value) { push_node({.kind = pickle_kind::integer, .integer = value}); }
    void do_int32() { push_integer(take_number<std::int32_t>()); }
    void do_uint8() { push_integer(take_number<std::uint8_t>()); }
    void do_uint16() { push_integer(take_number<std::uint16_t>()); }
    void push_real(double value) {
        push_node({.kind = pickle_kind::real, .integer = std::bit_cast<std::int64_t>(value)});
    }
    void do_real() {
        std::uint64_t bits = 0; // this one is big-endian
        for (const char c : take(8)) bits = bits << 8 | static_cast<unsigned char>(c);
        push_real(std::bit_cast<double>(bits));
    }
    void do_real_line() {
        const auto line = take_line();
        const auto value = line.size() < 64 ? read_double(line) : std::nullopt;
        if (!value) fail("expected a number, found " + quoted(line.substr(0, 40)));
        push_real(*value);
    }
    /// Protocol 0 writes booleans as the integers 00 and 01, and integers with an L or without.
    void do_integer_line() {
        auto line = take_line();
        if (line == "00" || line == "01") return push(line == "01" ? true_id : false_id);
        if (line.ends_with('L')) line.remove_suffix(1);
        std::int64_t value = 0;
        const auto [end, failure] = std::from_chars(line.data(), line.data() + line.size(), value);
        if (failure == std::errc::result_out_of_range)
            return push_node({.kind = pickle_kind::large_integer, .text = line});
        if (failure != std::errc() || end != line.data() + line.size())
            fail("expected a number, found " + quoted(line.substr(0, 40)));
        push_integer(value);
    }
    void do_long1() { push_long(take_number<std::uint8_t>()); }
    void do_long4() { push_long(take_number<std::uint32_t>()); }
    void push_long(std::uint64_t size) {
        const auto digits = take(size);
        if (size > 8) return push_node({.kind = pickle_kind::large_integer, .text = digits});
        std::uint64_t value = size != 0 && (digits.back() & '\x80') != 0 ? UINT64_MAX : 0;
        for (std::size_t k = digits.size(); k-- > 0;)
            value = value << 8 | static_cast<unsigned char>(digits[k]);
        push_integer(static_cast<std::int64_t>(value));
    }
    void push_text(std::string_view text, pickle_kind kind = pickle_kind::text) {
        push_node({.kind = kind, .text = text});
    }
    void do_text8() { push_text(take(take_number<std::uint8_t>())); }
    void do_text32() { push_text(take(take_number<std::uint32_t>())); }
    void do_text64() { push_text(take(take_number<std::uint64_t>())); }
    void do_bytes8() { push_text(take(take_number<std::uint8_t>()), pickle_kind::bytes); }
    void do_bytes32() { push_text(take(take_number<std::uint32_t>()), pickle_kind::bytes); }
    void do_bytes64() { push_text(take(take_number<std::uint64_t>()), pickle_kind::bytes); }
    void do_quoted_line() {
        auto line = take_line();
        const bool quoted_well =
            line.size() >= 2 && line.front() == line.back() && (line.front() == '\'' || line.front() == '"');
        if (!quoted_well) fail("expected a quoted string, found " + quoted(line.substr(0, 40)));
        line = line.substr(1, line.size() - 2);
        push_text(line.find('\\') == std::string_view::npos
                      ? line
                      : tree_.unescaped.emplace_back(without_escapes(line)));
    }
    void do_unicode_line() {
        const auto line = take_line();
        push_text(is_plain_ascii(line) ? line : tree_.unescaped.emplace_back(from_raw_unicode(line)));
    }

    // Containers.

    void do_mark() {
        constexpr std::size_t deepest = 10'000;
        if (marks_.size() == deepest) fail("nested more than " + to_text(deepest) + " levels deep");
        marks_.push_back(stack_.size());
    }
    void push_container(pickle_kind kind, std::vector<pickle_id> items) {
        push_node({.kind = kind, .items = std::move(items)});
    }
    void do_empty_list() { push_container(pickle_kind::list, {}); }
    void do_empty_dict() { push_container(pickle_kind::dict, {}); }
    void do_empty_set() { push_container(pickle_kind::set, {}); }
    void do_empty_tuple() { push(empty_tuple_id); }
    void do_tuple1() { push_container(pickle_kind::tuple, pop_items(1)); }
    void do_tuple2() { push_container(pickle_kind::tuple, pop_items(2)); }
    void do_tuple3() { push_container(pickle_kind::tuple, pop_items(3)); }
    void do_tuple() { push_container(pickle_kind::tuple, pop_to_mark()); }
    void do_list() { push_container(pickle_kind::list, pop_to_mark()); }
    void do_frozen_set() { push_container(pickle_kind::set, pop_to_mark()); }
    void do_dict() {
        auto items = pop_to_mark();
        if (items.size() % 2 != 0) fail("a key without a value");
        push_container(pickle_kind::dict, std::move(items));
    }
    void do_append() { extend(pickle_kind::list, pop_items(1)); }
    void do_appends() { extend(pickle_kind::list, pop_to_mark()); }
    void do_add_items() { extend(pickle_kind::set, pop_to_mark()); }
    void do_set_item() { extend(pickle_kind::dict, pop_items(2)); }
    void do_set_items() {
        auto items = pop_to_mark();
        if (items.size() % 2 != 0) fail("a key without a value");
        extend(pickle_kind::dict, items);
    }
    /// Into a container of that kind, or into what a call would give, which then has such contents.
    void extend(pickle_kind kind, const std::vector<pickle_id>& items) {
        pickle_id target = top();
        if (tree_.is(target, pickle_kind::call)) {
            if (tree_[target].items[pickle_call::contents] == 0) {
                const pickle_id contents = add({.kind = kind});
                tree_.nodes[target].items[pickle_call::contents] = contents;
            }
            target = tree_[target].items[pickle_call::contents];
        }
        if (!tree_.is(target, kind)) fail("items for a container of another kind");
        auto& all = tree_.nodes[target].items;
        all.insert(all.end(), items.begin(), items.end());
    }

    // Names and calls, which stay what they are.

    void do_global() { push(take_global()); }
    pickle_id take_global() {
        const auto module = take_line();
        const auto name = take_line();
        const pickle_id first = add({.kind = pickle_kind::text, .text = module});
        const pickle_id second = add({.kind = pickle_kind::text, .text = name});
        return add({.kind = pickle_kind::global, .items = {first, second}});
    }
    void do_stack_global() {
        auto items = pop_items(2);
        for (const auto each : items)
            if (!tree_.is(each, pickle_kind::text)) fail("expected a module and a name");
        push_node({.kind = pickle_kind::global, .items = std::move(items)});
    }
    void push_call(pickle_id callee, pickle_id args) {
        push_node({.kind = pickle_kind::call, .items = {callee, args, 0, 0}});
    }
    void do_call() {
        const auto items = pop_items(2);
        if (!tree_.is(items[1], pickle_kind::tuple)) fail("expected arguments, found none");
        push_call(items[0], items[1]);
    }
    /// Named arguments stand behind the others: nothing that has a meaning here is written so.
    void do_call_named() {
        auto items = pop_items(3);
        const pickle_id callee = items[0];
        items.erase(items.begin());
        push_call(callee, add({.kind = pickle_kind::tuple, .items = std::move(items)}));
    }
    void do_instance() {
        const pickle_id callee = take_global();
        push_call(callee, add({.kind = pickle_kind::tuple, .items = pop_to_mark()}));
    }
    void do_object() {
        auto items = pop_to_mark();
        if (items.empty()) fail("expected a class, found none");
        const pickle_id callee = items[0];
        items.erase(items.begin());
        push_call(callee, add({.kind = pickle_kind::tuple, .items = std::move(items)}));
    }
    void do_build() {
        const pickle_id state = pop();
        if (!tree_.is(top(), pickle_kind::call)) fail("attributes of what has none");
        tree_.nodes[top()].items[pickle_call::state] = state;
    }
    void do_persistent() { push_container(pickle_kind::persistent, pop_items(1)); }
    void do_persistent_line() {
        const pickle_id name = add({.kind = pickle_kind::text, .text = take_line()});
        push_container(pickle_kind::persistent, {name});
    }

    // The memo, which a writer numbers as it fills it.

    void put(std::uint64_t index) {
        const pickle_id value = top();
        if (index > done_) fail("puts a value at " + to_text(index) + ", before so many instructions");
        if (index >= memo_.size()) memo_.resize(static_cast<std::size_t>(index) + 1, unset_id);
        memo_[static_cast<std::size_t>(index)] = value;
    }
    void get(std::uint64_t index) {
        if (index >= memo_.size() || memo_[static_cast<std::size_t>(index)] == unset_id)
            fail("asks for value " + to_text(index) + ", which nobody put there");
        push(memo_[static_cast<std::size_t>(index)]);
    }
    void do_put_line() { put(parse_line<std::uint64_t>()); }
    void do_put8() { put(take_number<std::uint8_t>()); }
    void do_put32() { put(take_number<std::uint32_t>()); }
    void do_get_line() { get(parse_line<std::uint64_t>()); }
    void do_get8() { get(take_number<std::uint8_t>()); }
    void do_get32() { get(take_number<std::uint32_t>()); }
    void do_memoize() {
        const pickle_id value = top();
        memo_.push_back(value);
    }

    // The rest.

    void do_protocol() {
        const auto version = take_number<std::uint8_t>();
        if (version > 5) fail("protocol " + to_text(+version) + " is not known; expected at most 5");
    }
    void do_frame() {
        const auto size = take_number<std::uint64_t>();
        if (size > bytes_.size() - at_) fail("a frame of " + to_text(size) + " bytes is cut off");
    }
    void do_pop() {
        if (!marks_.empty() && stack_.size() == floor())
            marks_.pop_back();
        else
            pop();
    }
    void do_pop_mark() { pop_to_mark(); }
    void do_duplicate() { push(top()); }
    void do_stop() {
        tree_.root = pop();
        if (!stack_.empty() || !marks_.empty()) fail("values are left over at its end");
        stopped_ = true;
    }
    void do_outside() { fail("needs something from outside the pickle"); }

    static std::array<instruction, 256> instruction_table() {
        std::array<instruction, 256> table{};
        const auto set = [&](unsigned char code, instruction what) { table[code] = what; };
        using m = pickle_machine;
        const std::pair<unsigned char, instruction> all[] = {
            {'N', &m::do_none},         {0x88, &m::do_true},           {0x89, &m::do_false},
            {'I', &m::do_integer_line}, {'J', &m::do_int32},           {'K', &m::do_uint8},
            {'M', &m::do_uint16},       {'L', &m::do_integer_line},    {0x8a, &m::do_long1},
            {0x8b, &m::do_long4},       {'F', &m::do_real_line},       {'G', &m::do_real},
            {'S', &m::do_quoted_line},  {'T', &m::do_text32},          {'U', &m::do_text8},
            {'V', &m::do_unicode_line}, {'X', &m::do_text32},          {0x8c, &m::do_text8},
            {0x8d, &m::do_text64},      {'B', &m::do_bytes32},         {'C', &m::do_bytes8},
            {0x8e, &m::do_bytes64},     {0x96, &m::do_bytes64},        {'(', &m::do_mark},
            {']', &m::do_empty_list},   {'}', &m::do_empty_dict},      {0x8f, &m::do_empty_set},
            {')', &m::do_empty_tuple},  {0x85, &m::do_tuple1},         {0x86, &m::do_tuple2},
            {0x87, &m::do_tuple3},      {'t', &m::do_tuple},           {'l', &m::do_list},
            {'d', &m::do_dict},         {0x91, &m::do_frozen_set},     {'a', &m::do_append},
            {'e', &m::do_appends},      {0x90, &m::do_add_items},      {'s', &m::do_set_item},
            {'u', &m::do_set_items},    {'c', &m::do_global},          {0x93, &m::do_stack_global},
            {'R', &m::do_call},         {0x81, &m::do_call},           {0x92, &m::do_call_named},
            {'i', &m::do_instance},     {'o', &m::do_object},          {'b', &m::do_build},
            {'Q', &m::do_persistent},   {'P', &m::do_persistent_line}, {'p', &m::do_put_line},
            {'q', &m::do_put8},         {'r', &m::do_put32},           {'g', &m::do_get_line},
            {'h', &m::do_get8},         {'j', &m::do_get32},           {0x94, &m::do_memoize},
            {0x80, &m::do_protocol},    {0x95, &m::do_frame},          {'0', &m::do_pop},
            {'1', &m::do_pop_mark},     {'2', &m::do_duplicate},       {'.', &m::do_stop},
            {0x82, &m::do_outside},     {0x83, &m::do_outside},        {0x84, &m::do_outside},
            {0x97, &m::do_outside},     {0x98, &m::do_outside},
        };
        for (const auto& [code, what] : all) set(code, what);
        return table;
    }

    std::string_view bytes_;
    const std::string& label_;
    std::size_t at_ = 0;
    std::size_t start_ = 0; ///< of the instruction that runs
    std::size_t done_ = 0;
    bool stopped_ = false;
    std::vector<pickle_id> stack_;
    std::vector<std::size_t> marks_; ///< sizes of the stack
    std::vector<pickle_id> memo_;
    pickle_tree tree_;
};

SVDLENS_BODY pickle_tree read_pickle(std::string_view bytes, const std::string& label) {
    return pickle_machine(bytes, label).run();
}

} // namespace detail

} // namespace svdlens::inline v0_2

#endif
