# Headers, library, licence, and what find_package(shared_memory) and pkg-config read. `b2 install` fills
# the same shared_memory.pc.in in: see Jamroot.

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/shared_memory)

install(TARGETS shared_memory EXPORT shared_memory
    ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR}
    LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}
    RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(DIRECTORY include/shared_memory DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}
    FILES_MATCHING PATTERN "*.hpp")
install(FILES LICENSE DESTINATION ${CMAKE_INSTALL_DATADIR}/shared_memory)

install(EXPORT shared_memory FILE shared_memory-targets.cmake NAMESPACE shared_memory::
    DESTINATION ${package_dir})
configure_package_config_file(cmake/shared_memory-config.cmake.in shared_memory-config.cmake
    INSTALL_DESTINATION ${package_dir})
write_basic_package_version_file(shared_memory-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/shared_memory-config.cmake
    ${CMAKE_CURRENT_BINARY_DIR}/shared_memory-config-version.cmake DESTINATION ${package_dir})

# The prefix may be another one when the project is installed, so the file says where it is from itself.
set(pc_libdir ${CMAKE_INSTALL_LIBDIR})
set(pc_includedir ${CMAKE_INSTALL_INCLUDEDIR})
file(RELATIVE_PATH pc_to_prefix /prefix/${pc_libdir}/pkgconfig /prefix)
set(pc_version ${PROJECT_VERSION})
set(pc_description ${PROJECT_DESCRIPTION})
set(pc_cflags -pthread)
foreach(folder IN LISTS Boost_INCLUDE_DIRS)
    if(NOT folder IN_LIST CMAKE_CXX_IMPLICIT_INCLUDE_DIRECTORIES)
        string(APPEND pc_cflags " -I${folder}")
    endif()
endforeach()
get_target_property(library_type shared_memory TYPE)
if(library_type STREQUAL "SHARED_LIBRARY")
    string(APPEND pc_cflags " -DSHARED_MEMORY_DYN_LINK")
endif()
if(SHARED_MEMORY_SYNC STREQUAL "interprocess")
    string(APPEND pc_cflags " -DSHARED_MEMORY_SYNC_INTERPROCESS")
endif()
set(pc_libs -pthread)
if(CMAKE_SYSTEM_NAME STREQUAL "Linux")
    string(APPEND pc_libs " -lrt")
endif()
configure_file(cmake/shared_memory.pc.in shared_memory.pc @ONLY)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/shared_memory.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
