/// @file
/// The `__metadata__` of a checkpoint's JSON: an object of strings.
#ifndef SVDLENS_IO_DETAIL_JSON_METADATA_READER_HPP
#define SVDLENS_IO_DETAIL_JSON_METADATA_READER_HPP

#include <string>
#include <utility>

#include "../../../core/error.hpp"
#include "../../../core/text.hpp"
#include "../../tensor_record.hpp"
#include "json_events.hpp"
#include "json_source.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

/// Takes the events of that value, and refuses keys that stand twice and values that are no strings. The
/// reader of the whole text shows it every key of the outermost object.
class metadata_reader {
  public:
    metadata_map metadata;

    explicit metadata_reader(const json_source& source) : source_(source) {}

    /// Whether the value behind a key of the outermost object is the metadata: all events until its end are
    /// then for this reader, which is `active` so long.
    bool claims(const std::string& text) {
        active_ = text == "__metadata__";
        if (active_ && std::exchange(seen_, true))
            source_.fail(errc::duplicate_key, "__metadata__ stands twice");
        return active_;
    }
    bool active() const { return active_; }

    void open(json_container container) {
        if (inside_ || container != json_container::object) refuse(describe(container));
        inside_ = true;
    }
    void close() { active_ = inside_ = false; }
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

  private:
    /// For what is no string, or no object of them.
    [[noreturn]] void refuse(const std::string& found) const {
        source_.fail(inside_ ? "__metadata__: key " + quoted(value_->first) + ": expected a string, found " +
                                   found
                             : "__metadata__: expected an object of strings, found " + found);
    }

    const json_source& source_;
    metadata_map::iterator value_;
    bool seen_ = false;   ///< the key stood already
    bool active_ = false; ///< the value is to come, or is being read
    bool inside_ = false; ///< its object is open
};

} // namespace detail

} // namespace svdlens::inline v0_2

#endif
