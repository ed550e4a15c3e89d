#include "contract/name_rules.hpp"

#include <string>
#include <vector>

#include "contract/planted_headers.hpp"
#include "support/catch.hpp"

using svdlens_tests::declared_name;
using svdlens_tests::declared_names;
using svdlens_tests::name_breaches;
using svdlens_tests::planted_tree;

namespace {

using lines = std::vector<std::string>;

std::string in_library(const std::string& text) { return "namespace svdlens::inline v1 {\n" + text + "\n}"; }
std::string in_detail(const std::string& text) { return in_library("namespace detail {\n" + text + "\n}"); }

std::vector<std::string> names_in(const std::string& text) {
    std::vector<std::string> names;
    for (const auto& [space, name] : declared_names(in_library(text))) names.push_back(space + "::" + name);
    return names;
}

} // namespace

TEST_CASE("the names of all kinds of declaration are found") {
    CHECK(names_in("struct a { int inner; };") == lines{"svdlens::a"});
    CHECK(names_in("template <class T> class b : public c<T> { void f() {} };") == lines{"svdlens::b"});
    CHECK(names_in("enum class kind : unsigned char { one, two };") == lines{"svdlens::kind"});
    CHECK(names_in("using tensor = basic_tensor<float>;") == lines{"svdlens::tensor"});
    CHECK(names_in("namespace plot { void draw(); }\nusing plot::draw;") ==
          lines{"svdlens::plot::draw", "svdlens::draw"});
    CHECK(names_in("template <class T> concept source = requires(T t) { t.block(); } && other<T>;") ==
          lines{"svdlens::source"});
    CHECK(names_in("inline constexpr std::array<int, 3> table{1, 2, 3};\nextern int other;") ==
          lines{"svdlens::table"});
    CHECK(names_in("inline std::vector<std::function<void(int)>> f(int x = g(3)) { return {}; }") ==
          lines{"svdlens::f"});
    CHECK(names_in("template <class T = double, int N = (1 > 0)>\n    requires(a<T> || b<T>)\nstd::string "
                   "to_text(T value);") == lines{"svdlens::to_text"});
    CHECK(names_in("template <class T> requires a<T, int> && (N > 2) auto g(T) -> h<T> { return {}; }") ==
          lines{"svdlens::g"});
    CHECK(names_in("[[nodiscard]] decltype(auto) k();") == lines{"svdlens::k"});
    CHECK(names_in("namespace plot { struct p {}; }\nstruct q {};") ==
          lines{"svdlens::plot::p", "svdlens::q"});
}

TEST_CASE("what declares no name of its own is passed over") {
    CHECK(names_in("class later;") == lines{});
    CHECK(names_in("template <class T> void b<T>::member(int) {}") == lines{});
    CHECK(names_in("inline std::ostream& operator<<(std::ostream& out, const a& x) { return out; }") ==
          lines{});
    CHECK(names_in("template class b<float>; extern template class b<double>;") == lines{});
    CHECK(names_in("static_assert(sizeof(int) == 4, \"struct x {};\");") == lines{});
    CHECK(names_in("// struct comment {};\n/* struct other {}; */\n#define struct_like 1") == lines{});
    CHECK(names_in("inline const char* text() { return R\"(struct x { } ; })\"; }") ==
          lines{"svdlens::text"});
}

TEST_CASE("the library keeps the rules of names") {
    CHECK(name_breaches(svdlens_tests::read_headers(SVDLENS_TESTS_INCLUDE_DIR)) == lines{});
}

TEST_CASE("a public name in an internal header is reported, and a public header without one") {
    CHECK(name_breaches(planted_tree({{"core/detail/a.hpp", in_library("struct a {};")}})) ==
          lines{"core/detail/a.hpp: declares svdlens::a outside namespace detail"});
    CHECK(name_breaches(planted_tree({{"core/a.hpp", in_detail("struct a {};")}})) ==
          lines{"core/a.hpp: stands among the public headers and declares no public name"});
    CHECK(name_breaches(planted_tree({{"core/a.hpp", in_library("struct a {};")},
                                      {"core/detail/a.hpp", in_detail("struct a {};")}})) == lines{});
}

TEST_CASE("a body that defines what no public header declares is reported") {
    const std::string body = "#include \"../../a.hpp\"\n" + in_library("inline int f() { return 1; }");
    CHECK(name_breaches(planted_tree(
              {{"core/a.hpp", in_library("int f();")}, {"core/detail/bodies/a.hpp", body}})) == lines{});
    CHECK(name_breaches(
              planted_tree({{"core/a.hpp", in_library("int g();")}, {"core/detail/bodies/a.hpp", body}})) ==
          lines{"core/detail/bodies/a.hpp: declares svdlens::f outside namespace detail"});
}

TEST_CASE("a private name of a public header that a second one uses is reported") {
    const std::string home =
        in_library("struct a {};\nnamespace detail { inline int helper(int x) { return x; } }");
    const std::string include = "#include \"a.hpp\"\n";
    CHECK(name_breaches(planted_tree(
              {{"core/a.hpp", home},
               {"core/b.hpp", include + in_library("inline int b() { return detail::helper(1); }")}})) ==
          lines{"core/b.hpp: uses detail::helper, which stands in the public header core/a.hpp"});
    CHECK(name_breaches(
              planted_tree({{"core/a.hpp", home},
                            {"core/detail/b.hpp", "#include \"../a.hpp\"\n" +
                                                      in_detail("inline int b() { return helper(1); }")}})) ==
          lines{"core/detail/b.hpp: uses detail::helper, which stands in the public header core/a.hpp"});
    CHECK(name_breaches(planted_tree(
              {{"core/a.hpp", home},
               {"core/b.hpp", include + in_library("inline int b(a x) { return x.helper(1); }")}})) ==
          lines{});
    CHECK(name_breaches(planted_tree(
              {{"core/a.hpp", home},
               {"core/b.hpp", include + in_library("struct b { const int& helper(int x) const; };")}})) ==
          lines{});
}
