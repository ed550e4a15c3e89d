#include "svdlens/plot/figure.hpp"
#include "svdlens/core/version.hpp"

#include <cstddef>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <sys/wait.h>

#include "support/catch.hpp"
#include "support/full_disk.hpp"
#include "support/temporary_directory.hpp"
#include "svdlens/plot/detail/figure_parts.hpp"

using namespace svdlens;
using plot::figure;
using plot::json;
using svdlens_tests::read_file;
using svdlens_tests::temporary_directory;

namespace {

figure small_figure() {
    figure f;
    f.title = "a <b>";
    f.provenance = "model.safetensors";
    f.notes = {"one", "two"};
    f.data.push_back({{"type", "scatter"}, {"x", {1, 2}}, {"y", {3.5, nullptr}}});
    f.layout["xaxis"] = plot::detail::titled("x & y");
    return f;
}

/// How plotly of Python fares with a file; -1 where it is not installed.
int open_with_python(const std::filesystem::path& file) {
    const std::string python = std::filesystem::exists("/usr/bin/python3") ? "/usr/bin/python3" : "python3";
    const std::string script =
        "import sys\n"
        "try:\n"
        "    import plotly.io\n"
        "except ImportError:\n"
        "    sys.exit(77)\n"
        "f = plotly.io.from_json(open(sys.argv[1]).read())\n"
        "assert f.data[0].type == \"scatter\" and f.layout.title.text == \"a &lt;b&gt;\"\n"
        "assert list(f.data[0].x) == [1, 2] and f.layout.meta[\"notes\"] == [\"one\", \"two\"]\n";
    const int status = std::system((python + " -c '" + script + "' '" + file.string() + "'").c_str());
    const int code = WIFEXITED(status) ? WEXITSTATUS(status) : 1;
    return code == 77 || code == 127 ? -1 : code;
}

} // namespace

TEST_CASE("a figure is data and layout, with its title as text and the rest in meta") {
    const auto text = to_json(small_figure());
    CHECK(text["data"][0]["y"] == json{3.5, nullptr});
    CHECK(text["layout"]["title"]["text"] == "a &lt;b&gt;");
    CHECK(text["layout"]["xaxis"]["title"]["text"] == "x &amp; y");
    CHECK(text["layout"]["meta"]["provenance"] == "model.safetensors");
    CHECK(text["layout"]["meta"]["notes"] == json{"one", "two"});
    CHECK(text["layout"]["meta"]["maker"] == "svdlens " + std::string(version));
    CHECK(text.size() == 2);
}

TEST_CASE("an empty figure has an empty list of traces and no notes") {
    const auto text = to_json(figure());
    CHECK(text["data"] == json::array());
    CHECK(text["layout"]["meta"]["notes"] == json::array());
}

TEST_CASE("a title position that a user set stays") {
    auto f = small_figure();
    f.layout["title"]["x"] = 0.5;
    CHECK(to_json(f)["layout"]["title"] == json{{"x", 0.5}, {"text", "a &lt;b&gt;"}});
}

TEST_CASE("a figure of a table has its provenance, and its title where no other is given") {
    axes table({{"head", 2}});
    table.set_title("ov_to_mlp_in");
    table.set_provenance("model.safetensors, folded");
    CHECK(plot::detail::start_figure(table, "").title == "ov_to_mlp_in");
    CHECK(plot::detail::start_figure(table, "mine").title == "mine");
    CHECK(plot::detail::start_figure(table, "").provenance == "model.safetensors, folded");
}

TEST_CASE("a written figure reads back as it was, by this parser and by plotly of Python") {
    const temporary_directory folder;
    const auto path = folder / "figure.json";
    plot::write_json(path, small_figure());
    CHECK(json::parse(read_file(path)) == to_json(small_figure()));
    CHECK(read_file(path).back() == '\n');
    const int code = open_with_python(path);
    if (code < 0) WARN("not checked: plotly of Python is not installed");
    CHECK(code <= 0);
}

TEST_CASE("bytes that are no UTF-8 do not stop a figure from being written") {
    const temporary_directory folder;
    figure f;
    f.title = "broken \xff";
    plot::write_json(folder / "figure.json", f);
    CHECK(json::parse(read_file(folder / "figure.json"))["layout"]["title"]["text"] == "broken \xef\xbf\xbd");
}

TEST_CASE("a figure on a full disk says so") {
    svdlens_tests::check_full_disk([](const std::filesystem::path& path, std::size_t size) {
        figure f;
        f.title = std::string(size, 'x');
        plot::write_json(path, f);
    });
}

TEST_CASE("a figure that cannot be written leaves what stood there") {
    const temporary_directory folder;
    CHECK_THROWS_AS(plot::write_json(folder / "no/such/folder.json", small_figure()), file_error);
    CHECK_THROWS_AS(plot::write_json(folder.path(), small_figure()), file_error);
    CHECK(std::filesystem::is_empty(folder.path()));
}
