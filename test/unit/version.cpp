// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// The versions that the library says, in every place where it says one.

#include "support.hpp"

#include <shared_memory/detail/config.hpp>
#include <shared_memory/detail/layout/header.hpp>
#include <shared_memory/error.hpp>

#include <string>
#include <typeinfo>

#define TEXT_OF(text) BOOST_STRINGIZE(text)

BOOST_AUTO_TEST_CASE(the_builds_version_is_the_headers) {
    constexpr int version = SHARED_MEMORY_VERSION;
    BOOST_TEST(TEST_PROJECT_VERSION == std::to_string(version / 10000) + "." +
                                           std::to_string(version / 100 % 100) + "." +
                                           std::to_string(version % 100));
    BOOST_TEST(version / 10000 == SHARED_MEMORY_VERSION_MAJOR);
    BOOST_TEST(version / 100 % 100 == SHARED_MEMORY_VERSION_MINOR);
    BOOST_TEST(version % 100 == SHARED_MEMORY_VERSION_PATCH);
}

BOOST_AUTO_TEST_CASE(the_inline_namespace_names_the_layouts_version) {
    std::string const start =
        "layout_" + std::to_string(shared_memory::detail::layout_version) + "_";
    std::string const abi = TEXT_OF(SHARED_MEMORY_ABI);
    BOOST_TEST(abi.compare(0, start.size(), start) == 0, abi);
    // and what a linker sees is in it
    std::string const name = typeid(shared_memory::error).name();
    BOOST_TEST(name.find(abi) != std::string::npos, name);
}
