/// @file
/// The bodies of export/detail/arrow_batches.hpp.
#ifndef SVDLENS_EXPORT_DETAIL_BODIES_ARROW_BATCHES_HPP
#define SVDLENS_EXPORT_DETAIL_BODIES_ARROW_BATCHES_HPP

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <exception>
#include <memory>
#include <new>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "../../../core/error.hpp"
#include "../arrow_batches.hpp"

namespace svdlens::inline v0_2::detail {

/// Children of an exported struct. A consumer may have moved one away: then its callback is null.
template <class C>
class arrow_children {
  public:
    arrow_children() = default;
    arrow_children(const arrow_children&) = delete;
    arrow_children& operator=(const arrow_children&) = delete;
    ~arrow_children() {
        for (const auto& child : held_)
            if (child->release != nullptr) child->release(child.get());
    }

    /// A new child, zeroed: released.
    C& add() {
        held_.push_back(std::make_unique<C>());
        pointers_.push_back(held_.back().get());
        return *held_.back();
    }

    C** pointers() { return pointers_.data(); }
    std::int64_t size() const { return static_cast<std::int64_t>(held_.size()); }

  private:
    std::vector<std::unique_ptr<C>> held_;
    std::vector<C*> pointers_;
};

/// What an exported struct owns: that which its pointers show.
template <class C, class Owned>
struct arrow_held {
    Owned owned;
    arrow_children<C> children = {};
    arrow_children<C> dictionary = {}; ///< one or none
};

/// Hands what a filled struct shows over to it. From here on its callback alone lets go of it.
template <class C, class Owned>
void own(C& out, std::unique_ptr<arrow_held<C, Owned>> held) noexcept {
    out.n_children = held->children.size();
    out.children = held->children.pointers();
    out.dictionary = held->dictionary.size() != 0 ? *held->dictionary.pointers() : nullptr;
    out.release = [](C* self) {
        delete static_cast<arrow_held<C, Owned>*>(self->private_data);
        self->release = nullptr;
    };
    out.private_data = held.release();
}

/// Keys and values as the interface encodes them: counts and lengths in the machine's own 32 bits.
SVDLENS_BODY std::string encode_metadata(const std::vector<std::pair<std::string, std::string>>& pairs) {
    std::string out;
    const auto number = [&](std::size_t value) {
        const auto bits = static_cast<std::int32_t>(value);
        char bytes[sizeof bits];
        std::memcpy(bytes, &bits, sizeof bits);
        out.append(bytes, sizeof bytes);
    };
    const auto text = [&](const std::string& value) {
        number(value.size());
        out += value;
    };
    number(pairs.size());
    for (const auto& [key, value] : pairs) {
        text(key);
        text(value);
    }
    return out;
}

struct arrow_names {
    std::string name;
    std::string metadata;
};

SVDLENS_BODY void export_field(const arrow_field& field, ArrowSchema& out) {
    using held_type = arrow_held<ArrowSchema, arrow_names>;
    auto held = std::unique_ptr<held_type>(new held_type{{field.name, {}}});
    if (field.is_dictionary) export_field({"", "u"}, held->dictionary.add());
    out = {};
    out.format = field.format;
    out.name = held->owned.name.c_str();
    out.flags = field.is_nullable ? ARROW_FLAG_NULLABLE : 0;
    own(out, std::move(held));
}

SVDLENS_BODY void export_schema(const arrow_batches& batches, ArrowSchema& out) {
    using held_type = arrow_held<ArrowSchema, arrow_names>;
    auto held = std::unique_ptr<held_type>(new held_type{{"", encode_metadata(batches.metadata)}});
    for (const auto& field : batches.fields) export_field(field, held->children.add());
    out = {};
    out.format = "+s";
    out.name = held->owned.name.c_str();
    out.metadata = held->owned.metadata.data();
    own(out, std::move(held));
}

/// Buffers as a struct shows them.
struct arrow_shown {
    std::vector<arrow_buffer> buffers;
    std::vector<const void*> pointers;

    explicit arrow_shown(std::vector<arrow_buffer> shown) : buffers(std::move(shown)) {
        for (const auto& buffer : buffers) pointers.push_back(buffer.data);
    }
};

/// A column of its own: it lives on when a consumer moves it out of its batch.
SVDLENS_BODY void export_column(const arrow_column& column, ArrowArray& out) {
    using held_type = arrow_held<ArrowArray, arrow_shown>;
    auto held = std::unique_ptr<held_type>(new held_type{arrow_shown(column.buffers)});
    if (column.dictionary) export_column(*column.dictionary, held->dictionary.add());
    out = {};
    out.length = column.length;
    out.null_count = column.null_count;
    out.n_buffers = static_cast<std::int64_t>(held->owned.pointers.size());
    out.buffers = held->owned.pointers.data();
    own(out, std::move(held));
}

SVDLENS_BODY void export_batch(const arrow_batch& batch, ArrowArray& out) {
    using held_type = arrow_held<ArrowArray, arrow_shown>;
    auto held = std::unique_ptr<held_type>(new held_type{arrow_shown({arrow_buffer()})});
    for (const auto& column : batch.columns) export_column(column, held->children.add());
    out = {};
    out.length = batch.length;
    out.n_buffers = 1;
    out.buffers = held->owned.pointers.data();
    own(out, std::move(held));
}

/// What stands behind a stream: its batches, and what went wrong last. The exception is held itself, since a copy of
/// its message could fail.
class arrow_producer {
  public:
    explicit arrow_producer(arrow_batches batches) : batches_(std::move(batches)) {}

    /// Does a step; 0, or why it failed, in the numbers of errno.
    template <class Step>
    int attempt(Step step) noexcept {
        try {
            step(batches_);
            failure_ = nullptr;
            return 0;
        } catch (...) {
            failure_ = std::current_exception();
            return number_of(failure_);
        }
    }

    /// The next batch, or a released array at the end. What has failed fails again.
    int next(ArrowArray& out) noexcept {
        if (stopped_) {
            failure_ = stopped_;
            return number_of(failure_);
        }
        const int code = attempt([&](arrow_batches& batches) {
            const auto batch = is_done_ ? std::nullopt : batches.next();
            is_done_ = !batch;
            if (batch) export_batch(*batch, out);
        });
        stopped_ = failure_;
        return code;
    }

    const char* message() const noexcept {
        if (!failure_) return nullptr;
        try {
            std::rethrow_exception(failure_);
        } catch (const std::exception& e) {
            return e.what(); // which lives as long as the exception is held
        } catch (...) {
            return "an unknown exception";
        }
    }

  private:
    static int number_of(const std::exception_ptr& failure) noexcept {
        try {
            std::rethrow_exception(failure);
        } catch (const cancelled_error&) {
            return ECANCELED;
        } catch (const file_error&) {
            return EIO;
        } catch (const error&) {
            return EINVAL;
        } catch (const std::bad_alloc&) {
            return ENOMEM;
        } catch (...) {
            return EIO;
        }
    }

    arrow_batches batches_;
    std::exception_ptr failure_; ///< of the last call
    std::exception_ptr stopped_; ///< of the batch after which there is no other
    bool is_done_ = false;
};

SVDLENS_BODY arrow_producer& producer_of(ArrowArrayStream* stream) noexcept {
    return *static_cast<arrow_producer*>(stream->private_data);
}

SVDLENS_BODY void hand_out(arrow_batches batches, ArrowArrayStream& out) {
    out.private_data = new arrow_producer(std::move(batches));
    out.get_schema = [](ArrowArrayStream* self, ArrowSchema* schema) {
        *schema = {};
        return producer_of(self).attempt([&](const arrow_batches& held) { export_schema(held, *schema); });
    };
    out.get_next = [](ArrowArrayStream* self, ArrowArray* array) {
        *array = {};
        return producer_of(self).next(*array);
    };
    out.get_last_error = [](ArrowArrayStream* self) -> const char* { return producer_of(self).message(); };
    out.release = [](ArrowArrayStream* self) {
        delete &producer_of(self);
        self->release = nullptr;
    };
}

} // namespace svdlens::inline v0_2::detail

#endif
