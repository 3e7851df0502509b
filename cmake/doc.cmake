# The target doc: the reference, as web pages in BUILD/html. It always exists; where doxygen does not,
# building it says what to install.

find_package(Doxygen QUIET)
if(DOXYGEN_FOUND)
    set(DOXYGEN_PROJECT_BRIEF "${PROJECT_DESCRIPTION}")
    set(DOXYGEN_STRIP_FROM_PATH ${PROJECT_SOURCE_DIR})
    set(DOXYGEN_STRIP_FROM_INC_PATH ${PROJECT_SOURCE_DIR}/include)
    set(DOXYGEN_USE_MDFILE_AS_MAINPAGE README.md)
    set(DOXYGEN_EXCLUDE_PATTERNS */detail/*)
    set(DOXYGEN_EXTRACT_ALL YES)
    set(doc_sources include)
    foreach(source README.md doc)
        if(EXISTS ${PROJECT_SOURCE_DIR}/${source})
            list(APPEND doc_sources ${source})
        endif()
    endforeach()
    doxygen_add_docs(doc ${doc_sources} WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
else()
    add_custom_target(doc
        COMMAND ${CMAKE_COMMAND} -E echo "The target doc needs doxygen: apt-get install doxygen, then configure again."
        COMMAND ${CMAKE_COMMAND} -E false
        VERBATIM)
endif()
