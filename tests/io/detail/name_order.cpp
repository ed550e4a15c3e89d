#include "svdlens/io/detail/name_order.hpp"

#include <string>
#include <vector>

#include "support/catch.hpp"

namespace sl = svdlens;

namespace {

struct named {
    std::string name;
    int number = 0;
};

std::string names_of(const std::vector<named>& all) {
    std::string text;
    for (const auto& each : all) text += each.name + ".";
    return text;
}

} // namespace

TEST_CASE("names are put in the order of their bytes, and one that stands twice is found",
          "[io][name_order]") {
    struct {
        std::vector<named> all;
        std::string ordered;
        std::string twice;
    } cases[] = {
        {{}, "", ""},
        {{{"a"}}, "a.", ""},
        {{{"a"}, {"b"}, {"c"}}, "a.b.c.", ""},
        {{{"c"}, {"a"}, {"b"}}, "a.b.c.", ""},
        {{{"h.10"}, {"h.2"}}, "h.10.h.2.", ""}, // bytes, not numbers
        {{{"\xff"}, {"a"}, {""}}, ".a.\xff.", ""},
        {{{"b"}, {"a"}, {"b"}}, "a.b.b.", "b"},
        {{{"a"}, {"a"}}, "a.a.", "a"},
        {{{""}, {""}}, "..", ""},
    };
    for (auto& each : cases) {
        CAPTURE(each.ordered);
        const auto* const twice = sl::detail::order_by_name(each.all, &named::name);
        CHECK(names_of(each.all) == each.ordered);
        CHECK((twice == nullptr ? "" : twice->name) == each.twice);
        CHECK((twice == nullptr) == (each.twice.empty() && each.ordered != ".."));
    }
}
