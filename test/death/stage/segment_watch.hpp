// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

//! \file
//! A segment seen from outside: what of it changes, what its words say.

#ifndef SHARED_MEMORY_TEST_DEATH_STAGE_SEGMENT_WATCH_HPP
#define SHARED_MEMORY_TEST_DEATH_STAGE_SEGMENT_WATCH_HPP

#include "../../support/object_view.hpp"

#include <cstddef>
#include <string>
#include <sys/types.h>
#include <vector>

namespace every {

namespace smd = shared_memory::detail;

class segment_watch {
public:
    segment_watch() = default;
    segment_watch(const segment_watch&) = delete;
    segment_watch& operator=(const segment_watch&) = delete;
    ~segment_watch();

    //! Watches the object that the process has mapped now, or has open; the same as before, if it
    //! has that. Takes no lock that anybody could see.
    void look_at(pid_t process);
    //! Something was written since the last question.
    bool changed();

    //! The process has mapped a segment.
    bool is_mapped() const noexcept { return is_mapped_; }
    //! There is something to look at, with room for a block.
    bool has_block() const noexcept { return size_ > 2 * smd::page_bytes; }
    object_view object() const;

private:
    void open(const std::string& path);
    void close() noexcept;

    int file_ = -1;
    ino_t inode_ = 0;
    const std::byte* base_ = nullptr;
    std::size_t size_ = 0;
    std::vector<std::byte> before_;
    bool is_mapped_ = false;
};

} // namespace every

#endif
