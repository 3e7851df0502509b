// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

#ifndef SHARED_MEMORY_DETAIL_CONFIG_HPP
#define SHARED_MEMORY_DETAIL_CONFIG_HPP

#include <boost/config.hpp>

// The versions stand here, and nowhere else: CMake and b2 read these lines.
#define SHARED_MEMORY_VERSION_MAJOR 0
#define SHARED_MEMORY_VERSION_MINOR 1
#define SHARED_MEMORY_VERSION_PATCH 0
//! The version of a segment's layout: programs whose versions of it differ cannot share a segment.
#define SHARED_MEMORY_LAYOUT_VERSION 2

//! Version of the library: major * 10000 + minor * 100 + patch.
#define SHARED_MEMORY_VERSION                                                                      \
    (SHARED_MEMORY_VERSION_MAJOR * 10000 + SHARED_MEMORY_VERSION_MINOR * 100 +                     \
     SHARED_MEMORY_VERSION_PATCH)

// What is compiled in lib/ is exported from a shared library; everything else is hidden.
#if defined(SHARED_MEMORY_DYN_LINK)
#if defined(SHARED_MEMORY_SOURCE)
#define SHARED_MEMORY_DECL BOOST_SYMBOL_EXPORT
#else
#define SHARED_MEMORY_DECL BOOST_SYMBOL_IMPORT
#endif
#else
#define SHARED_MEMORY_DECL
#endif

// What the library and its user must agree on (the layout's version and how processes wait for each
// other) is part of an inline namespace: a program that is compiled for one and linked with another
// does not link. The namespace is layout_2_futex, for one.
#define SHARED_MEMORY_DETAIL_ABI(version, sync) BOOST_JOIN(BOOST_JOIN(layout_, version), sync)
#if defined(SHARED_MEMORY_SYNC_INTERPROCESS)
#define SHARED_MEMORY_ABI SHARED_MEMORY_DETAIL_ABI(SHARED_MEMORY_LAYOUT_VERSION, _interprocess)
#elif defined(BOOST_WINDOWS)
#define SHARED_MEMORY_ABI SHARED_MEMORY_DETAIL_ABI(SHARED_MEMORY_LAYOUT_VERSION, _events)
#else
#define SHARED_MEMORY_ABI SHARED_MEMORY_DETAIL_ABI(SHARED_MEMORY_LAYOUT_VERSION, _futex)
#endif

#endif
