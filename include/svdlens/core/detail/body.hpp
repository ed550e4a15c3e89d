/// @file
/// How the body of a function that is declared in one header and defined in another is written.
///
/// Header-only, a declaring header ends by including its bodies, which are inline. With SVDLENS_COMPILED,
/// which the target svdlens::compiled defines for its users and for its own units alike, headers only
/// declare, and the bodies, no longer inline, are compiled once in those units. All units of one program take
/// the same way. Templates are compiled for float and double; others exist header-only.
#ifndef SVDLENS_CORE_DETAIL_BODY_HPP
#define SVDLENS_CORE_DETAIL_BODY_HPP

#include "requirements.hpp"

#ifdef SVDLENS_COMPILED
#define SVDLENS_BODY
#else
#define SVDLENS_BODY inline
#endif

#endif
