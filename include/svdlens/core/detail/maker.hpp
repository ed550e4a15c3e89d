/// @file
/// Private constructors for the functions that call them.
#ifndef SVDLENS_CORE_DETAIL_MAKER_HPP
#define SVDLENS_CORE_DETAIL_MAKER_HPP

#include <utility>

#include "requirements.hpp"

namespace svdlens::inline v0_2::detail {

/// The friend of a class that only the library makes. A friend that is the making function itself will not
/// do: clang 16 does not know a constrained function template again that a constrained class template names
/// as its friend.
struct maker {
    template <class X, class... Parts>
    static X make(Parts&&... parts) {
        return X(std::forward<Parts>(parts)...);
    }
};

} // namespace svdlens::inline v0_2::detail

#endif
