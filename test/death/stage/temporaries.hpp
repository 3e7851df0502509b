// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

//! \file
//! What is in /dev/shm besides the segment under test.

#ifndef SHARED_MEMORY_TEST_DEATH_STAGE_TEMPORARIES_HPP
#define SHARED_MEMORY_TEST_DEATH_STAGE_TEMPORARIES_HPP

#include <string>
#include <sys/types.h>

namespace every {

//! Gives this process and its children a /dev/shm that nobody else uses; false if that is not
//! allowed.
bool own_shared_memory();
//! It was.
bool has_own_shared_memory();

//! Segments being built. Others' too, if there is no /dev/shm of our own: then it finds none.
unsigned count_temporaries();
unsigned remove_temporaries();

//! What the names of a program's segments begin with; always of the same length, since victims' steps
//! are counted.
std::string names_of(pid_t program);
//! Removes all names that begin so, but for those of segments being built; returns how many there
//! were.
unsigned remove_all(const std::string& beginning);

} // namespace every

#endif
