#include "svdlens/export/detail/text_sink.hpp"

#include <string>

#include "support/catch.hpp"
#include "support/temporary_directory.hpp"

using namespace svdlens;

TEST_CASE("a sink without a file keeps its text") {
    detail::text_sink sink;
    sink.text().assign(1 << 20, 'x');
    sink.pause();
    sink.flush();
    CHECK(sink.text().size() == 1 << 20);
}

TEST_CASE("a sink with a file gives large text away and writes all of it in order") {
    const svdlens_tests::temporary_directory folder;
    file_writer file(folder / "a.txt");
    detail::text_sink sink(file);
    sink.text() += "small ";
    sink.pause();
    CHECK(sink.text() == "small ");
    const std::string large(1 << 20, 'x');
    sink.text() += large;
    sink.pause();
    CHECK(sink.text().empty());
    sink.text() += " end";
    sink.flush();
    file.commit();
    CHECK(svdlens_tests::read_file(folder / "a.txt") == "small " + large + " end");
}

TEST_CASE("what made a file stays on one line") {
    std::string out;
    detail::append_maker(out, "a\nb\rc");
    CHECK(out == "svdlens " + std::string(version) + "; a b c");
}
