/// @file
/// Text on its way to a string or, in chunks, to a file.
#ifndef SVDLENS_EXPORT_DETAIL_TEXT_SINK_HPP
#define SVDLENS_EXPORT_DETAIL_TEXT_SINK_HPP

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

#include "../../core/file_writer.hpp"
#include "../../core/version.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

/// Collects text. With a file, whole chunks go there at every `pause`, so that memory stays bounded.
class text_sink {
  public:
    text_sink() = default;
    explicit text_sink(file_writer& file) : file_(&file) {}

    /// What has not gone to the file yet. Writers append to it.
    std::string& text() { return text_; }

    /// A point at which the text may go to the file. @throws file_error (cannot_write)
    void pause() {
        if (file_ != nullptr && text_.size() >= chunk) flush();
    }

    /// Sends the rest to the file. @throws file_error (cannot_write)
    void flush() {
        if (file_ == nullptr) return;
        file_->write(text_);
        text_.clear();
    }

  private:
    static constexpr std::size_t chunk = std::size_t{1} << 16;

    std::string text_;
    file_writer* file_ = nullptr;
};

/// Appends `text` with its line ends as spaces, so that it stays in a one-line comment.
inline void append_one_line(std::string& out, std::string_view text) {
    for (const char c : text) out += c == '\n' || c == '\r' ? ' ' : c;
}

/// Appends what made a file: `svdlens 0.1.0; provenance`.
inline void append_maker(std::string& out, std::string_view provenance) {
    out += "svdlens ";
    out += version;
    if (!provenance.empty()) out += "; ";
    append_one_line(out, provenance);
}

} // namespace detail

} // namespace svdlens::inline v0_2

#endif
