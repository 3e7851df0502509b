// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// The contract of lib/system/sleeping.hpp once more, against Boost.Interprocess's mutex and condition,
// whichever way to sleep the library was built with.
//
// A program of its own: it has another implementation of the same functions.

#include <system/interprocess/sleeping.cpp>

#include "sleeping.cpp"
