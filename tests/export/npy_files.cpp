#include "svdlens/export/npy_files.hpp"

#include <filesystem>
#include <string>

#include "support/catch.hpp"
#include "support/temporary_directory.hpp"

using namespace svdlens;

TEST_CASE("the other files are named after the array's") {
    CHECK(detail::npy_sibling("d.npy/a.npy", ".rows.npy") == "d.npy/a.rows.npy");
    CHECK(detail::npy_sibling("d.npy/a", ".axes.json") == "d.npy/a.axes.json");
    CHECK(detail::npy_sibling("a.b.npy", ".axes.json") == "a.b.axes.json");
    CHECK(detail::npy_sibling("a.txt", ".axes.json") == "a.txt.axes.json");
}

TEST_CASE("without a commit no file is there, with one all are") {
    const svdlens_tests::temporary_directory folder;
    const axes table({{"a", 2}});
    {
        detail::npy_files<float> files(folder / "a.npy", table, 1, detail::npy_layout::listed_rows);
        CHECK(files.lists_rows());
        files.write({"abcd", "12345678"});
    }
    CHECK(std::filesystem::is_empty(folder.path()));
    detail::npy_files<float> files(folder / "a.npy", table, 1, detail::npy_layout::listed_rows);
    files.write({"abcd", "12345678"});
    files.commit();
    CHECK(svdlens_tests::read_file(folder / "a.npy").substr(128) == "abcd");
    CHECK(svdlens_tests::read_file(folder / "a.rows.npy").substr(128) == "12345678");
    CHECK(std::filesystem::exists(folder / "a.axes.json"));

    detail::npy_files<float> whole(folder / "b.npy", table, 2, detail::npy_layout::whole_shape);
    CHECK_FALSE(whole.lists_rows());
    whole.commit();
    CHECK_FALSE(std::filesystem::exists(folder / "b.rows.npy"));
}
