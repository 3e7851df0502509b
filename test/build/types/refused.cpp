// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// Each line with `// says: REGEX` is refused with one error, which is this library's and says why.
// (A type is refused once in a translation unit: each line has a type of its own.)

#include "types.hpp"

namespace sm = shared_memory;
using namespace bad;

template <class T>
const T& a();

void f(sm::circular_buffer& ring, sm::buffer_read_write& buffer) {
    // clang-format off
    ring.write(a<pointer_member>());                         // says: contains, a pointer.* index
    ring.try_write(a<deep_pointer[2]>());                    // says: contains, a pointer
    ring.read<function_pointer>();                           // says: contains, a pointer
    ring.claim_read().as<pointer_to_member>();               // says: contains, a pointer
    buffer.write(a<array_of_pointers>());                    // says: contains, a pointer
    ring.write(static_cast<int*>(nullptr));                  // says: contains, a pointer
    ring.write(nullptr);                                     // says: contains, a pointer
    ring.write(a<std::vector<const char*>>());               // says: contains, a pointer
    ring.write(a<std::tuple<int, int*>>());                  // says: contains, a pointer
    sm::shared_array<std::optional<void*>>();                // says: contains, a pointer
    sm::shared_array<std::atomic<int*>>();                   // says: contains, a pointer
    ring.write(a<reference_member>());                       // says: contains, a reference
    ring.claim_read().as<const_reference_member>();          // says: contains, a reference
    ring.write(a<deep_reference>());                         // says: contains, a reference
    sm::shared_array<defaulted_reference>();                 // says: contains, a reference
    ring.write(a<std::pair<int&, int>>());                   // says: contains, a reference
    ring.write(a<rvalue_reference_member>());                // says: a reference
    ring.write(a<string_member>());                          // says: not trivially copyable.*char\[32\]
    ring.read<std::string>();                                // says: not trivially copyable
    ring.read<std::vector<int>>();                           // says: not trivially copyable
    buffer.read<array_of_strings>();                         // says: not trivially copyable
    ring.write(a<with_vector>());                            // says: not trivially copyable
    ring.write_each(a<std::vector<std::vector<std::wstring>>>()); // says: not trivially copyable
    ring.write(a<std::vector<bool>>());                      // says: not trivially copyable
    ring.write(a<with_destructor>());                        // says: not trivially copyable
    ring.write(a<with_assignment>());                        // says: not trivially copyable
    ring.write(a<with_copy>());                              // says: not trivially copyable
    sm::shared_array<std::shared_ptr<int>>();                // says: not trivially copyable
    ring.write(a<with_unique_ptr>());                        // says: not trivially copyable
    ring.write(a<std::pair<int, std::function<void()>>>());  // says: not trivially copyable
    ring.write(a<vouched_string>());                         // says: not trivially copyable
    ring.write(a<with_virtual>());                           // says: virtual function
    ring.write(a<derived>());                                // says: a base class.*SHARED_MEMORY_SHAREABLE
    ring.write(a<only_a_base>());                            // says: a base class
    ring.write(a<empty_base>());                             // says: a base class
    sm::shared_array<holds_derived>();                       // says: a base class
    ring.write(a<base_and_reference>());                     // says: a base class
    ring.write(a<too_many>());                               // says: more than 100 members
    ring.write(a<bit_fields>());                             // says: a bit-field.*SHARED_MEMORY_SHAREABLE
    ring.write(a<bool_bit>());                               // says: a bit-field
    ring.write(a<packed>());                                 // says: a packed class
    buffer.write(a<holds_packed>());                         // says: a packed class
    ring.write(a<a_union>());                                // says: a union
    ring.write(a<holds_union>());                            // says: a union
    ring.write(a<anonymous_union>());                        // says: anonymous union
    ring.write(a<anonymous_struct>());                       // says: anonymous union or struct
    ring.write(a<anonymous_first>());                        // says: anonymous union
    ring.write(a<tuple_like>());                             // says: cannot look into
    ring.write(a<private_members>());                        // says: private members.*SHARED_MEMORY_SHAREABLE
    ring.write(a<with_constructor>());                       // says: constructors
    ring.write(a<own_default_constructor>());                // says: constructors
    ring.write(a<private_base>());                           // says: private bases
    ring.write(a<std::variant<int, float>>());               // says: private members
    ring.read<std::string_view>();                           // says: private members
    ring.read<with_view>();                                  // says: private members
    ring.read<boost::span<int>>();                           // says: private members
    ring.write(a<std::reference_wrapper<int>>());            // says: private members
    ring.write(a<volatile_member>());                        // says: volatile
    sm::shared_array<volatile int>();                        // says: volatile
    sm::shared_array<has_atomic_with_lock>();                // says: not always lock-free
    ring.write(a<denied>());                                 // says: is_shareable is specialised
    ring.write(a<std::atomic<int>>());                       // says: cannot be copied.*std::atomic.*load
    ring.write(a<good::with_atomic>());                      // says: cannot be copied.*std::atomic
    sm::shared_array<std::atomic<long>>().fill(1);           // says: cannot be copied.*std::atomic
    sm::shared_array<std::atomic<short>>().write(1, 0);      // says: cannot be copied.*std::atomic
    // clang-format on
}
