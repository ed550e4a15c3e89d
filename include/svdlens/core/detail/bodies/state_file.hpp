/// @file
/// The bodies of core/detail/state_file.hpp.
#ifndef SVDLENS_CORE_DETAIL_BODIES_STATE_FILE_HPP
#define SVDLENS_CORE_DETAIL_BODIES_STATE_FILE_HPP

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <string>
#include <utility>

#include "../../error.hpp"
#include "../../text.hpp"
#include "../body.hpp"
#include "../state_file.hpp"
#include "../xxhash64.hpp"

namespace svdlens::inline v0_2::detail {

/// Of the content, and of what kind and the how-manieth it is: chunks cannot change places.
inline std::uint64_t chunk_checksum(chunk_kind kind, std::uint64_t number, std::string_view content) {
    return xxhash64(content, number << 3 | static_cast<std::uint64_t>(kind));
}

template <class Word>
void store_little(char* at, Word word) {
    for (std::size_t k = 0; k < sizeof(Word); ++k) at[k] = static_cast<char>(word >> (8 * k) & 0xff);
}

SVDLENS_BODY state_file_writer::state_file_writer(const std::filesystem::path& path) :
    path_(path), file_(path) {
    file_.write(state_magic);
    written_ = state_magic.size();
    held_.reserve(chunk_bytes);
}

SVDLENS_BODY void state_file_writer::begin(chunk_kind kind) {
    flush();
    kind_ = kind;
}

SVDLENS_BODY void state_file_writer::put(const void* bytes, std::size_t count) {
    const auto* at = static_cast<const char*>(bytes);
    while (count != 0) {
        const std::size_t taken = (std::min)(count, chunk_bytes - held_.size());
        held_.append(at, taken);
        at += taken;
        count -= taken;
        if (held_.size() == chunk_bytes) begin(chunk_kind::more);
    }
}

SVDLENS_BODY void state_file_writer::flush() {
    if (held_.empty() && kind_ != chunk_kind::end) return;
    std::array<char, chunk_head_bytes> head;
    store_little(head.data(), static_cast<std::uint32_t>(kind_));
    store_little(head.data() + 4, static_cast<std::uint32_t>(held_.size()));
    store_little(head.data() + 8, chunk_checksum(kind_, chunks_++, held_));
    file_.write({head.data(), head.size()});
    file_.write(held_);
    written_ += head.size() + held_.size();
    held_.clear();
}

SVDLENS_BODY void state_file_writer::commit(std::string_view note) {
    begin(chunk_kind::end);
    held_ = note.substr(0, chunk_bytes);
    flush();
    file_.commit();
}

SVDLENS_BODY state_writer state_file_writer::pipe() {
    return {this, [](void* file, const void* bytes, std::size_t count) {
                static_cast<state_file_writer*>(file)->put(bytes, count);
            }};
}

SVDLENS_BODY state_file_reader::state_file_reader(std::filesystem::path path) :
    path_(std::move(path)), file_(std::fopen(path_.string().c_str(), "rb")) {
    if (!file_)
        throw file_error(errc::cannot_open, path_.string() + ": cannot open: " + std::strerror(errno));
    std::array<char, state_magic.size()> magic;
    read(magic.data(), magic.size());
    if (std::string_view(magic.data(), magic.size()) != state_magic)
        refuse("expected the first bytes \"" + std::string(state_magic) +
               "\", found others: not a file of states, or one of another version");
}

SVDLENS_BODY void state_file_reader::refuse(const std::string& what) const {
    throw format_error(errc::broken_shard, path_.string() + ": " + what);
}

SVDLENS_BODY void state_file_reader::read(void* bytes, std::size_t count) {
    if (std::fread(bytes, 1, count, file_.get()) == count) return;
    if (std::ferror(file_.get()) != 0)
        throw file_error(errc::cannot_read, path_.string() + ": cannot read: " + std::strerror(errno));
    refuse("it is cut short");
}

SVDLENS_BODY chunk_kind state_file_reader::next() {
    std::array<char, chunk_head_bytes> head;
    read(head.data(), head.size());
    const auto kind = static_cast<chunk_kind>(load_little<std::uint32_t>(head.data()));
    const auto size = load_little<std::uint32_t>(head.data() + 4);
    if (kind < chunk_kind::header || kind > chunk_kind::end || size > chunk_bytes)
        refuse("damaged at byte " + to_text(next_.offset) + ": no chunk begins there");
    content_.resize(size);
    read(content_.data(), size);
    if (load_little<std::uint64_t>(head.data() + 8) != chunk_checksum(kind, next_.number, content_))
        refuse("damaged from byte " + to_text(next_.offset) + " on: the checksum of these " + to_text(size) +
               " bytes is another");
    used_ = 0;
    place_ = next_;
    next_ = {next_.offset + head.size() + size, next_.number + 1};
    return kind;
}

SVDLENS_BODY void state_file_reader::go_to(const chunk_place& place) {
    if (std::fseek(file_.get(), static_cast<long>(place.offset), SEEK_SET) != 0)
        throw file_error(errc::cannot_read, path_.string() + ": cannot read: " + std::strerror(errno));
    next_ = place;
    content_.clear();
    used_ = 0;
}

SVDLENS_BODY void state_file_reader::get(void* bytes, std::size_t count) {
    auto* at = static_cast<char*>(bytes);
    while (count != 0) {
        if (used_ == content_.size() && next() != chunk_kind::more)
            refuse("a state ends before all of it was read: it is of another version");
        const std::size_t taken = (std::min)(count, content_.size() - used_);
        std::memcpy(at, content_.data() + used_, taken);
        used_ += taken;
        at += taken;
        count -= taken;
    }
}

SVDLENS_BODY std::string state_file_reader::end_note() {
    if (std::fgetc(file_.get()) != EOF) refuse("bytes follow its end");
    return std::move(content_);
}

SVDLENS_BODY state_reader state_file_reader::pipe() {
    return {this, [](void* file, void* bytes, std::size_t count) {
                static_cast<state_file_reader*>(file)->get(bytes, count);
            }};
}

} // namespace svdlens::inline v0_2::detail

#endif
