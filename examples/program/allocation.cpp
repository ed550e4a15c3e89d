// What was asked for when there was no memory, for the message. A unit of its own: seen by the compiler beside their
// uses, the functions would be taken for a mismatch of new and free.

#include <cstddef>
#include <cstdlib>
#include <new>

#include "program/ending.hpp"

void* operator new(std::size_t size) {
    if (void* found = std::malloc(size == 0 ? 1 : size)) return found;
    program::refused_bytes.store(size);
    throw std::bad_alloc();
}
void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
    return std::malloc(size == 0 ? 1 : size);
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
