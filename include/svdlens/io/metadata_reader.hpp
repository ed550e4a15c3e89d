/// @file
/// The `__metadata__` of a checkpoint's JSON: an object of strings.
#ifndef SVDLENS_IO_METADATA_READER_HPP
#define SVDLENS_IO_METADATA_READER_HPP

#include <string>
#include <utility>

#include "json_events.hpp"
#include "json_source.hpp"
#include "tensor_record.hpp"

namespace svdlens::inline v0 {

namespace detail {

/// Takes the events inside the object, and refuses keys that stand twice and values that are no strings.
class metadata_reader {
  public:
    metadata_map metadata;

    explicit metadata_reader(const json_source& source) : source_(source) {}

    /// The object begins: it may do so once.
    void open(json_container container) {
        if (container != json_container::object) refuse(describe(container));
        inside_ = true;
    }
    void key(const std::string& text) {
        const auto added = metadata.try_emplace(text);
        value_ = added.first;
        if (added.second) return;
        source_.fail(errc::duplicate_key, "__metadata__: key " + quoted(text) + " stands twice");
    }
    void scalar(const json_scalar& found) {
        if (!inside_ || found.type != json_scalar::kind::string) refuse(found.describe());
        value_->second = *found.text;
    }
    /// For what is no string, or no object of them.
    [[noreturn]] void refuse(const std::string& found) const {
        source_.fail(inside_ ? "__metadata__: key " + quoted(value_->first) + ": expected a string, found " +
                                   found
                             : "__metadata__: expected an object of strings, found " + found);
    }

  private:
    const json_source& source_;
    metadata_map::iterator value_;
    bool inside_ = false;
};

} // namespace detail

} // namespace svdlens::inline v0

#endif
