// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

#ifndef SHARED_MEMORY_DETAIL_CONFIG_HPP
#define SHARED_MEMORY_DETAIL_CONFIG_HPP

#include <boost/config.hpp>

//! Version of the library: major * 10000 + minor * 100 + patch.
#define SHARED_MEMORY_VERSION 100

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
// does not link. The number is layout_version in layout/header.hpp.
#if defined(SHARED_MEMORY_SYNC_INTERPROCESS)
#define SHARED_MEMORY_ABI layout_2_interprocess
#elif defined(BOOST_WINDOWS)
#define SHARED_MEMORY_ABI layout_2_events
#else
#define SHARED_MEMORY_ABI layout_2_futex
#endif

#endif
