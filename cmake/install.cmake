# Headers, library, licence, and what find_package(shared_memory) reads.

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
