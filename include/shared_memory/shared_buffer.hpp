// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

//! \file
//! A segment of any class, opened to look at it.

#ifndef SHARED_MEMORY_SHARED_BUFFER_HPP
#define SHARED_MEMORY_SHARED_BUFFER_HPP

#include <shared_memory/detail/opening.hpp>
#include <shared_memory/segment_handle.hpp>

namespace shared_memory {
inline namespace SHARED_MEMORY_ABI {

//! Opens an existing segment of any class, to look at it: what every handle tells, see
//! `segment_handle`, and nothing of the contents.
//!
//!     sm::shared_buffer any(sm::open_read_only, "some name");
//!     std::cout << any.kind_name() << ", " << any.participants().size() << " participants\n";
class SHARED_MEMORY_DECL shared_buffer final
    : public detail::opening<shared_buffer, segment_handle> {
public:
    //! Constructors: see segment_handle.
    //!
    //!     shared_buffer()                                  // a closed handle
    //!     shared_buffer(open_only, name, options)          // takes a participant's slot
    //!     shared_buffer(open_read_only, name, options)     // takes none, changes nothing
    using opening::opening;

private:
    friend opening;
    template <class Tag>
    static detail::segment_expectation expected(Tag) {
        return {}; // any
    }
};

} // namespace SHARED_MEMORY_ABI
} // namespace shared_memory

#endif
