# Toolchain: for Windows, by Debian's mingw-w64, its programs run under its Wine. See doc/windows.md.

set(CMAKE_SYSTEM_NAME Windows)
set(CMAKE_SYSTEM_PROCESSOR x86_64)
set(CMAKE_CXX_COMPILER x86_64-w64-mingw32-g++-posix)
set(CMAKE_FIND_ROOT_PATH /usr/x86_64-w64-mingw32)
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)
set(CMAKE_EXE_LINKER_FLAGS_INIT -static)

find_program(SHARED_MEMORY_WINE NAMES wine64 PATHS /usr/lib/wine NO_CMAKE_FIND_ROOT_PATH)
if(SHARED_MEMORY_WINE)
    set(CMAKE_CROSSCOMPILING_EMULATOR ${SHARED_MEMORY_WINE})
endif()

# Boost's headers are the system's: in a folder of their own, since the rest of /usr/include is not
# for this compiler.
if(NOT DEFINED Boost_INCLUDE_DIR)
    find_path(SHARED_MEMORY_SYSTEM_BOOST boost/version.hpp PATHS /usr/local/include /usr/include
        NO_DEFAULT_PATH NO_CMAKE_FIND_ROOT_PATH)
    set(boost_folder ${CMAKE_BINARY_DIR}/boost)
    file(MAKE_DIRECTORY ${boost_folder})
    if(NOT EXISTS ${boost_folder}/boost)
        file(CREATE_LINK ${SHARED_MEMORY_SYSTEM_BOOST}/boost ${boost_folder}/boost SYMBOLIC)
    endif()
    set(Boost_INCLUDE_DIR ${boost_folder} CACHE PATH "Boost's headers")
endif()
