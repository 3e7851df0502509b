// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

//! \file
//! Memory that a process shares with the children it forks.

#ifndef SHARED_MEMORY_BENCH_PEERS_SHARED_AREA_HPP
#define SHARED_MEMORY_BENCH_PEERS_SHARED_AREA_HPP

#include <boost/interprocess/anonymous_shared_memory.hpp>
#include <boost/interprocess/mapped_region.hpp>

#include <cstddef>
#include <new>

namespace comparison {

//! Zeroed, aligned to a page.
class shared_area {
public:
    explicit shared_area(std::size_t size)
        : region_(boost::interprocess::anonymous_shared_memory(size)) {}
    std::byte* data() const { return static_cast<std::byte*>(region_.get_address()); }

private:
    boost::interprocess::mapped_region region_;
};

//! One T in such memory.
template <class T>
class shared_object {
public:
    shared_object() : area_(sizeof(T)), object_(::new (area_.data()) T) {}
    T& operator*() const { return *object_; }
    T* operator->() const { return object_; }

private:
    shared_area area_;
    T* object_;
};

} // namespace comparison

#endif
