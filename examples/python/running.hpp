/// @file
/// Work for Python: without the interpreter's lock, and ended by Ctrl-C.
#ifndef SVDLENS_EXAMPLES_PYTHON_RUNNING_HPP
#define SVDLENS_EXAMPLES_PYTHON_RUNNING_HPP

#include <atomic>
#include <chrono>
#include <future>
#include <memory>

#include <pybind11/pybind11.h>

#include <svdlens/core/execution.hpp>

namespace binding {

namespace py = pybind11;
namespace sl = svdlens;

/// How many threads work; 0: one per hardware thread. Set by `svdlens.set_threads`.
inline std::atomic<unsigned>& threads() {
    static std::atomic<unsigned> count = 0;
    return count;
}

/// Runs `work()` on a thread of its own while this one listens for signals, which Python delivers to the main thread only.
/// The first one sets `stop`; then the work ends within a block, and what the signal's handler raised is thrown.
template <class Work>
auto listen(std::atomic<bool>& stop, Work work) {
    auto result = std::async(std::launch::async, work);
    const auto is_done = [&] {
        const py::gil_scoped_release release;
        return result.wait_for(std::chrono::milliseconds(50)) == std::future_status::ready;
    };
    while (!is_done()) {
        if (PyErr_CheckSignals() == 0) continue;
        const py::error_already_set raised;
        stop = true;
        {
            const py::gil_scoped_release release;
            result.wait();
        }
        throw raised;
    }
    return result.get();
}

/// Runs `work(run)` so.
template <class Work>
auto run(Work work) {
    std::atomic<bool> stop = false;
    return listen(stop, [&] { return work(sl::execution{.threads = threads(), .stop = &stop}); });
}

} // namespace binding

#endif
