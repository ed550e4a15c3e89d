#include "svdlens/plot/script_source.hpp"

#include <string>

#include "support/catch.hpp"
#include "support/message_of.hpp"
#include "support/temporary_directory.hpp"

using namespace svdlens;
using plot::script_source;
using svdlens_tests::temporary_directory;

namespace {

const std::string begin = "<script type=\"text/plain\" id=\"library-x\">";

std::string embedded(const std::string& script) {
    const temporary_directory folder;
    svdlens_tests::write_file(folder / "script.js", script);
    return script_source::embedded(folder / "script.js").html("x");
}

} // namespace

TEST_CASE("a script of a CDN has its address and its hash") {
    CHECK(script_source::cdn("https://cdn.example/a.js", "sha384-abc").html("a.js") ==
          "<script type=\"text/plain\" id=\"library-a.js\" data-src=\"https://cdn.example/a.js\" "
          "data-integrity=\"sha384-abc\"></script>\n");
}

TEST_CASE("the versions that pages ask for are exact, and their bytes are checked") {
    for (const auto& source : {plot::plotly_from_cdn(), plot::vis_network_from_cdn()}) {
        CAPTURE(source.html("x"));
        CHECK(source.html("x").find("@latest") == std::string::npos);
        CHECK(source.html("x").find(" data-integrity=\"sha384-") != std::string::npos);
    }
    CHECK(plot::plotly_from_cdn().html("x").find("/plotly.js-dist-min@4.1.2/") != std::string::npos);
    CHECK(plot::vis_network_from_cdn().html("x").find("/vis-network@10.1.5/") != std::string::npos);
}

TEST_CASE("a linked script is a path as it was given, and cannot end its attribute") {
    CHECK(script_source::linked("plotly.min.js").html("x") ==
          "<script type=\"text/plain\" id=\"library-x\" data-src=\"plotly.min.js\"></script>\n");
    CHECK(script_source::linked("a\" onload=\"x").html("x").find("\" onload") == std::string::npos);
}

TEST_CASE("an embedded script is the text of a file") {
    CHECK(embedded("let a = 1 < 2 && '\xc3\xa9';\n") == begin + "let a = 1 < 2 && '\xc3\xa9';\n</script>\n");
    CHECK(embedded("") == begin + "</script>\n");
}

TEST_CASE("an embedded script cannot end its element, nor hide what follows") {
    CHECK(embedded("a='</script>'") == begin + "a='<\\/script>'</script>\n");
    CHECK(embedded("a='</SCRIPT '") == begin + "a='<\\/SCRIPT '</script>\n");
    CHECK(embedded("a='<!-- <script'") == begin + "a='<\\!-- <script'</script>\n");
    CHECK(embedded("a='</scrip>' <") == begin + "a='</scrip>' <</script>\n");
}

TEST_CASE("a file that cannot be embedded is named, with where it comes from") {
    const temporary_directory folder;
    const auto missing = (folder / "plotly.min.js");
    const auto message = svdlens_tests::message_of([&] { script_source::embedded(missing); });
    CHECK(message.find(missing.string()) == 0);
    CHECK(message.find("plotly.js-dist-min") != std::string::npos);
    CHECK_THROWS_AS(script_source::embedded(folder.path()), file_error);
    try {
        script_source::embedded(missing);
    } catch (const file_error& problem) {
        CHECK(problem.code() == errc::cannot_open);
    }
}
