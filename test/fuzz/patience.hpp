// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// A ring whose words make no sense is searched for a million tries before a call gives up: the loops
// are made for many processes that work on it at once. Here that is most of a fuzzer's time, so it
// lowers the limit, from outside: the library has no switch for it.

#ifndef SHARED_MEMORY_TEST_FUZZ_PATIENCE_HPP
#define SHARED_MEMORY_TEST_FUZZ_PATIENCE_HPP

#include <shared_memory/circular_buffer.hpp>

#include <cstdint>

namespace fuzz {

namespace smd = shared_memory::detail;

// Names a private member: an explicit instantiation may.
template <class Tag, typename Tag::type Member>
struct reveal {
    friend typename Tag::type member_of(Tag) { return Member; }
};
struct the_ring {
    using type = smd::general_ring::ring_type smd::general_ring::*;
    friend type member_of(the_ring);
};
struct the_limit {
    using type = std::uint32_t smd::general_ring::ring_type::*;
    friend type member_of(the_limit);
};
template struct reveal<the_ring, &smd::general_ring::ring_>;
template struct reveal<the_limit, &smd::general_ring::ring_type::retry_limit_>;

class impatient : shared_memory::circular_buffer {
public:
    static void make(shared_memory::circular_buffer& handle) {
        auto& part = static_cast<smd::ring_part&>((handle.*(&impatient::segment_))->part_at(0));
        (part.general().*member_of(the_ring())).*member_of(the_limit()) = 1000;
    }
};

} // namespace fuzz

#endif
