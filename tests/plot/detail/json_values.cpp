#include "svdlens/plot/detail/json_values.hpp"

#include <cmath>
#include <cstdlib>
#include <limits>
#include <string>

#include "support/catch.hpp"
#include "support/random_scores.hpp"

using namespace svdlens;
using plot::json;
using plot::detail::escaped;
using plot::detail::number;
using plot::detail::script_text;
using plot::detail::shortened;

TEST_CASE("a float in a figure reads back as the same float, in its shortest decimal") {
    CHECK(number(0.1F).dump() == "0.1");
    CHECK(number(-2.12638F).dump() == "-2.12638");
    for (const float score : svdlens_tests::random_scores<float>(1000, 1)) {
        const auto text = number(score).dump();
        CHECK(std::strtof(text.c_str(), nullptr) == score);
    }
    for (const float score : {std::numeric_limits<float>::max(), std::numeric_limits<float>::denorm_min()})
        CHECK(static_cast<float>(number(score).get<double>()) == score);
}

TEST_CASE("a double in a figure reads back as the same double") {
    for (const double score : {0.1, 1.0 / 3, -1e300, 5e-324})
        CHECK(json::parse(number(score).dump()).get<double>() == score);
}

TEST_CASE("numbers that are not finite are null") {
    using limits = std::numeric_limits<float>;
    CHECK(number(limits::quiet_NaN()).is_null());
    CHECK(number(limits::infinity()).is_null());
    CHECK(number(-std::numeric_limits<double>::infinity()).is_null());
    CHECK(number(std::nan("")).is_null());
}

TEST_CASE("a label is cut between characters, never inside one") {
    CHECK(shortened("abc", 3) == "abc");
    CHECK(shortened("abcd", 3) == "ab\xe2\x80\xa6");
    CHECK(shortened("", 3).empty());
    CHECK(shortened("\xc3\xa9\xc3\xa9\xc3\xa9", 3) == "\xc3\xa9\xc3\xa9\xc3\xa9");
    CHECK(shortened("\xc3\xa9\xc3\xa9\xc3\xa9", 2) == "\xc3\xa9\xe2\x80\xa6");
    CHECK(shortened("\xf0\x9f\x98\x80\xf0\x9f\x98\x80", 1) == "\xe2\x80\xa6");
}

TEST_CASE("markup is escaped, so that HTML and plotly show it") {
    CHECK(escaped("<b>a & b</b>") == "&lt;b&gt;a &amp; b&lt;/b&gt;");
    CHECK(escaped("&amp;") == "&amp;amp;");
    CHECK(escaped("\"") == "&#34;"); // plotly knows no &quot;
    CHECK(escaped("it's \xc3\xa9").find("it's \xc3\xa9") == 0);
}

TEST_CASE("values inside a script element hold no tag and read back as they were") {
    const json value = {{"</script>", "<!-- <script> --> ]]>"}, {"k", {1, nullptr, "a\"\\\n"}}};
    const auto text = script_text(value);
    CHECK(text.find('<') == std::string::npos);
    CHECK(json::parse(text) == value);
}

TEST_CASE("bytes that are no UTF-8 become the replacement character") {
    const auto text = script_text(json("a\xff"
                                       "b\xc3"));
    CHECK(json::parse(text).get<std::string>() == "a\xef\xbf\xbd"
                                                  "b\xef\xbf\xbd");
}

TEST_CASE("members stand in the order in which they were added") {
    CHECK(script_text({{"z", 1}, {"a", 2}}) == R"({"z":1,"a":2})");
}
