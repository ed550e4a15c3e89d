#include "svdlens/model/detail/seen_names.hpp"

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "support/catch.hpp"

namespace sl = svdlens;
using enum sl::schemes::model_axis;
using sl::schemes::name_root;
using sl::schemes::weight_part;

namespace {

constexpr sl::schemes::part_name behind{weight_part::W_O, "h.{layer}.out", {d_model}};
constexpr sl::schemes::part_name whole_row{weight_part::W_U, "lm_head.weight", {d_model}, name_root::file};

} // namespace

TEST_CASE("wrapping modules are left out of names, the tensor's own name never", "[wrappers]") {
    const std::vector<std::string_view> dropped = {"module", "_orig_mod"};
    const auto seen = [&](std::string_view name) { return sl::detail::seen_name(name, dropped); };
    CHECK(seen("module._orig_mod.h.0._orig_mod.out") == "h.0.out");
    CHECK(seen("h.0.module") == "h.0.module");
    CHECK(seen("module.module") == "module");
    CHECK(seen("modules.h._orig_mod_2.x") == "modules.h._orig_mod_2.x");
    CHECK(seen("") == "");
    CHECK(seen("module.") == "");
    CHECK(seen("a..b") == "a..b");
}

TEST_CASE("what a scheme's own tables have is not left out", "[wrappers]") {
    const auto has = [](const sl::naming_scheme& scheme, std::string_view component) {
        const auto all = sl::detail::dropped_components(scheme);
        return std::find(all.begin(), all.end(), component) != all.end();
    };
    constexpr sl::schemes::part_name own[] = {{weight_part::W_O, "module.{layer}.out", {d_model}}};
    CHECK(has({.name = "x"}, "module"));
    CHECK_FALSE(has({.name = "x", .parts = own}, "module"));
    CHECK(has({.name = "x", .parts = own}, "_orig_mod"));
    constexpr std::string_view prefixes[] = {"_orig_mod."};
    CHECK_FALSE(has({.name = "x", .prefixes = prefixes}, "_orig_mod"));
    constexpr sl::schemes::hint_name hints[] = {{"h._module.x", sl::schemes::tensor_hint::buffer}};
    CHECK_FALSE(has({.name = "x", .hints = hints}, "_module"));
}

TEST_CASE("a wrapper is whole components before a pattern, or a prefix of the scheme's", "[wrappers]") {
    using sl::detail::wrapper_of;
    CHECK(wrapper_of(behind, "h.0.out") == "");
    CHECK(wrapper_of(behind, "a.b.h.12.out") == "a.b.");
    CHECK(wrapper_of(behind, "h.3.h.0.out") == "h.3.");
    CHECK_FALSE(wrapper_of(behind, "ah.0.out"));
    CHECK_FALSE(wrapper_of(behind, "a.h.0.outs"));
    CHECK_FALSE(wrapper_of(behind, "a.h.x.out"));
    CHECK_FALSE(wrapper_of(behind, ""));
    const std::vector<std::string_view> prefixes = {"net-"};
    CHECK(wrapper_of(behind, "net-h.0.out", prefixes) == "net-");
    CHECK(wrapper_of(behind, "a.net-h.0.out", prefixes) == "a.net-");
    CHECK_FALSE(wrapper_of(behind, "a.nets-h.0.out", prefixes));
}

TEST_CASE("a whole name stands behind any leading part of the wrapper, others behind all of it",
          "[wrappers]") {
    const auto names_behind = [](const auto& row, std::string_view wrapper, std::string_view name) {
        return sl::detail::any_behind(row, wrapper, name, [&](std::string_view rest) {
            return sl::detail::names_tensor(row, "", rest);
        });
    };
    for (const char* const name : {"lm_head.weight", "a.lm_head.weight", "a.b.lm_head.weight"})
        CHECK(names_behind(whole_row, "a.b.", name));
    for (const char* const name : {"b.lm_head.weight", "a.b.c.lm_head.weight", "x.lm_head.weight"})
        CHECK_FALSE(names_behind(whole_row, "a.b.", name));
    CHECK(names_behind(behind, "a.b.", "a.b.h.0.out"));
    CHECK_FALSE(names_behind(behind, "a.b.", "a.h.0.out"));
    CHECK_FALSE(names_behind(behind, "a.b.", "h.0.out"));
    CHECK(names_behind(whole_row, "net-", "lm_head.weight"));
}

TEST_CASE("two tensors of one name clash, unless they are the same bytes", "[wrappers]") {
    std::vector<sl::tensor_record> records(3);
    records[0].name = "h.0.out";
    records[1].name = "h._orig_mod.0.out";
    records[2].name = "x";
    for (auto& each : records) each.end = 8;
    CHECK_FALSE(sl::detail::seen_tensors(records, {.name = "x"}).clash());
    records[1].begin = 4;
    const auto both = sl::detail::seen_tensors(records, {.name = "x"}).clash();
    REQUIRE(both);
    CHECK(both->first->name == "h.0.out");
    CHECK(both->second->name == "h._orig_mod.0.out");
    records[1].name = "h.1.out";
    const sl::detail::seen_tensors names(records, {.name = "x"});
    CHECK_FALSE(names.clash());
    CHECK(names.find("h.1.out") == &records[1]);
    CHECK(names.find("h.2.out") == nullptr);
    CHECK(sl::detail::seen_tensors().find("x") == nullptr);
}
