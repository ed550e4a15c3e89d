#include "svdlens/io/sha256.hpp"

#include <atomic>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "support/catch.hpp"
#include "support/temporary_directory.hpp"

using svdlens::sha256;

namespace {

std::string hash_of(std::string_view text) {
    sha256 hash;
    hash.add(std::as_bytes(std::span(text)));
    return hash.hex();
}

} // namespace

TEST_CASE("SHA-256 of NIST's examples") {
    CHECK(hash_of("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    CHECK(hash_of("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    CHECK(hash_of("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq") ==
          "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
    CHECK(hash_of(std::string(1'000'000, 'a')) ==
          "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST_CASE("pieces of any length hash as the whole") {
    std::string text;
    for (int k = 0; k < 300; ++k) text += static_cast<char>(k * 7);
    for (const std::size_t piece : {1U, 3U, 55U, 56U, 63U, 64U, 65U, 299U}) {
        sha256 hash;
        for (std::size_t at = 0; at < text.size(); at += piece)
            hash.add(std::as_bytes(std::span(std::string_view(text).substr(at, piece))));
        CHECK(hash.hex() == hash_of(text));
    }
}

TEST_CASE("a file that is read in pieces hashes as the whole") {
    const svdlens_tests::temporary_directory directory;
    const auto path = directory.path() / "model.bin";
    svdlens_tests::write_file(path,
                              std::string((1U << 22) + 3, 'a')); // hashlib.sha256(b"a" * ((1 << 22) + 3))
    CHECK(svdlens::file_sha256(path) == "26a312d0d8cbc36890788828efd5a6f1e6feb1e7f3e9818daf8ec0599dde987b");
}

TEST_CASE("a file's hash, no file, a stop") {
    const svdlens_tests::temporary_directory directory;
    const auto path = directory.path() / "model.bin";
    svdlens_tests::write_file(path, "abc");
    CHECK(svdlens::file_sha256(path) == hash_of("abc"));
    svdlens_tests::write_file(path, "");
    CHECK(svdlens::file_sha256(path) == hash_of(""));
    CHECK_THROWS_AS(svdlens::file_sha256(directory.path() / "nothing"), svdlens::file_error);
    svdlens_tests::write_file(path, "abc");
    const std::atomic<bool> stop{true};
    CHECK_THROWS_AS(svdlens::file_sha256(path, {.stop = &stop}), svdlens::cancelled_error);
}
