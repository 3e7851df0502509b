# Boost and threads. A parent project that already has Boost's headers as a target keeps its own.

set(SHARED_MEMORY_BOOST_VERSION 1.81)
set(boost_components)
# Cross-built for Windows there are Boost's headers only: see doc/windows.md.
set(SHARED_MEMORY_BOOST_LIBRARIES ON)
if(WIN32 AND CMAKE_CROSSCOMPILING)
    set(SHARED_MEMORY_BOOST_LIBRARIES OFF)
endif()
if(SHARED_MEMORY_BUILD_TESTS)
    list(APPEND boost_components unit_test_framework)
endif()
if(SHARED_MEMORY_BUILD_TESTS OR SHARED_MEMORY_BUILD_EXAMPLES OR SHARED_MEMORY_BUILD_BENCHES)
    list(APPEND boost_components program_options)
endif()

set(boost_advice "\
On Debian 12:    apt-get install libboost1.81-dev libboost-test1.81-dev libboost-program-options1.81-dev
Newer systems:   libboost-dev, libboost-test-dev and libboost-program-options-dev, or boost-devel.
Built by hand:   say where with -DCMAKE_PREFIX_PATH=DIR.
The library itself needs the headers only.")

if(NOT TARGET Boost::headers)
    find_package(Boost ${SHARED_MEMORY_BOOST_VERSION} QUIET)
    if(NOT Boost_FOUND)
        message(FATAL_ERROR "shared_memory needs the headers of Boost ${SHARED_MEMORY_BOOST_VERSION} or newer, "
            "and there are none here, or they are older.\n${boost_advice}")
    endif()
endif()
if(boost_components AND SHARED_MEMORY_BOOST_LIBRARIES)
    find_package(Boost ${SHARED_MEMORY_BOOST_VERSION} QUIET COMPONENTS ${boost_components})
    foreach(component IN LISTS boost_components)
        if(NOT TARGET Boost::${component})
            message(FATAL_ERROR "The tests, examples and benches of shared_memory need Boost's library "
                "'${component}', ${SHARED_MEMORY_BOOST_VERSION} or newer, which is not here.\n${boost_advice}")
        endif()
    endforeach()
endif()

set(THREADS_PREFER_PTHREAD_FLAG ON)
find_package(Threads REQUIRED)
