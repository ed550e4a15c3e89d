/// @file
/// Arrow streams as Python takes them: as a capsule, or a batch at a time as NumPy arrays.
#ifndef SVDLENS_EXAMPLES_PYTHON_BATCHES_HPP
#define SVDLENS_EXAMPLES_PYTHON_BATCHES_HPP

#include <atomic>
#include <cerrno>
#include <cstdint>
#include <memory>
#include <new>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <pybind11/pybind11.h>

#include <svdlens/core/error.hpp>
#include <svdlens/export/arrow.hpp>

#include "arrays.hpp"
#include "running.hpp"
#include "table.hpp"

namespace binding {

inline sl::arrow_stream stream_of(const table& of, const sl::arrow_options& options,
                                  const sl::execution& run) {
    return std::visit(
        [&](const auto& each) {
            using X = std::decay_t<decltype(*each)>;
            if constexpr (sl::score_source<X>) {
                return sl::to_arrow(each, options, run);
            } else {
                if (!options.columns.empty())
                    throw sl::argument_error(sl::errc::invalid_argument,
                                             "columns of a table of several numbers come all together");
                return sl::to_arrow(each, options.batch_bytes);
            }
        },
        of.held);
}

/// The capsule that `__arrow_c_stream__` gives: whoever takes the stream out of it releases it, else the capsule does.
inline py::capsule capsule_of(sl::arrow_stream stream) {
    auto* const held = new ArrowArrayStream;
    std::move(stream).move_to(held);
    return py::capsule(held, "arrow_array_stream", [](PyObject* capsule) {
        auto* const stream_in =
            static_cast<ArrowArrayStream*>(PyCapsule_GetPointer(capsule, "arrow_array_stream"));
        if (stream_in->release != nullptr) stream_in->release(stream_in);
        delete stream_in;
    });
}

/// An array of Arrow's that is released with its last owner.
inline std::shared_ptr<ArrowArray> shared_array(ArrowArray& moved) {
    auto held = std::shared_ptr<ArrowArray>(new ArrowArray(moved), [](ArrowArray* array) {
        if (array->release != nullptr) array->release(array);
        delete array;
    });
    moved.release = nullptr;
    return held;
}

inline py::list texts_of(const ArrowArray& array) {
    const auto* offsets = static_cast<const std::int32_t*>(array.buffers[1]);
    const auto* bytes = static_cast<const char*>(array.buffers[2]);
    py::list texts(static_cast<std::size_t>(array.length));
    for (std::int64_t k = 0; k < array.length; ++k)
        texts[static_cast<std::size_t>(k)] =
            py::str(bytes + offsets[k], static_cast<std::size_t>(offsets[k + 1] - offsets[k]));
    return texts;
}

/// The batches of a table: dictionaries of columns. A column of numbers is an array, which shows the batch's memory; one of
/// labels a pair of codes and the labels that they stand for; one of texts a list.
class batches {
  public:
    batches(const table& of, sl::arrow_options options) :
        stop_(std::make_shared<std::atomic<bool>>(false)),
        stream_(stream_of(of, options, {.threads = threads(), .stop = stop_.get()})) {
        ArrowSchema schema;
        check(stream_.get()->get_schema(stream_.get(), &schema));
        for (std::int64_t k = 0; k < schema.n_children; ++k) {
            const auto& child = *schema.children[k];
            fields_.push_back({child.name, child.format, child.dictionary != nullptr, nullptr, py::list()});
        }
        schema.release(&schema);
    }

    /// The columns of no rows.
    py::dict none() const {
        py::dict columns;
        for (const auto& each : fields_) {
            if (each.format == "u")
                columns[py::str(each.name)] = py::list();
            else if (each.is_labelled)
                columns[py::str(each.name)] = py::make_tuple(numbers_of(each.format, nullptr), py::list());
            else
                columns[py::str(each.name)] = numbers_of(each.format, nullptr);
        }
        return columns;
    }

    py::dict next() {
        ArrowArray batch;
        check(listen(*stop_, [&] { return stream_.get()->get_next(stream_.get(), &batch); }));
        if (batch.release == nullptr) throw py::stop_iteration();
        py::dict columns;
        for (std::size_t k = 0; k < fields_.size(); ++k)
            columns[py::str(fields_[k].name)] = column(fields_[k], shared_array(*batch.children[k]));
        batch.release(&batch);
        return columns;
    }

  private:
    struct field {
        std::string name;
        std::string format;
        bool is_labelled;                     ///< codes of a dictionary
        std::shared_ptr<ArrowArray> labelled; ///< whose dictionary `labels` are
        py::list labels;
    };

    /// The stream's own thread threw; here a number of errno and the message are left.
    void check(int code) {
        if (code == 0) return;
        const char* last = stream_.get()->get_last_error(stream_.get());
        const std::string message = last != nullptr ? last : "the stream failed";
        switch (code) {
        case EINVAL:
            throw sl::argument_error(sl::errc::invalid_argument, message);
        case EIO:
            throw sl::file_error(sl::errc::cannot_read, message);
        case ECANCELED:
            throw sl::cancelled_error();
        case ENOMEM:
            throw std::bad_alloc();
        default:
            throw sl::error(sl::errc::invalid_argument, message);
        }
    }

    static py::object column(field& of, const std::shared_ptr<ArrowArray>& array) {
        if (of.format == "u") return texts_of(*array);
        const auto numbers = numbers_of(of.format, array);
        if (array->dictionary == nullptr) return numbers;
        const auto place = [](const ArrowArray& labelled) { return labelled.dictionary->buffers[1]; };
        if (of.labelled == nullptr || place(*of.labelled) != place(*array))
            of.labels = texts_of(*array->dictionary);
        of.labelled = array;
        return py::make_tuple(numbers, of.labels);
    }

    /// @param array none: no numbers
    static py::array numbers_of(const std::string& format, const std::shared_ptr<ArrowArray>& array) {
        const auto as = [&](auto type) -> py::array {
            using T = decltype(type);
            if (array == nullptr) return py::array_t<T>(0);
            return array_of(static_cast<const T*>(array->buffers[1]), static_cast<std::size_t>(array->length),
                            array);
        };
        if (format == "f") return as(float{});
        if (format == "g") return as(double{});
        if (format == "i") return as(std::int32_t{});
        return as(std::uint64_t{});
    }

    std::shared_ptr<std::atomic<bool>> stop_;
    sl::arrow_stream stream_;
    std::vector<field> fields_;
};

} // namespace binding

#endif
