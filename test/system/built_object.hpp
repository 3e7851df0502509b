// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// An object of the kernel's, without a segment in it: what the contract tests of lib/system work on.

#ifndef SHARED_MEMORY_TEST_SYSTEM_BUILT_OBJECT_HPP
#define SHARED_MEMORY_TEST_SYSTEM_BUILT_OBJECT_HPP

#include "support.hpp"

#include <shared_memory/detail/layout/header.hpp>
#include <shared_memory/error.hpp>
#include <shared_memory/options.hpp>

#include <system/liveness.hpp>
#include <system/object.hpp>
#include <system/temporary.hpp>

#include <cstring>
#include <stdexcept>
#include <string>
#include <string_view>

namespace test_support {

namespace sm = shared_memory;
using sm::detail::kernel_object;
using sm::detail::liveness;

constexpr sm::detail::object_extent extent{5 * sm::detail::page_bytes, sm::detail::page_bytes};
constexpr std::size_t text_bytes = 64;

//! An object, published or with a temporary name; its name is removed in the end.
class built_object {
public:
    //! The block begins with the text.
    explicit built_object(std::string_view text = "block") {
        if (!sm::detail::build_object(
                temporary_, extent, sm::options().permissions(),
                [text](void* block) { std::memcpy(block, text.data(), text.size()); }, object))
            throw std::runtime_error("an object was swept while it was built");
    }
    built_object(built_object const&) = delete;
    built_object& operator=(built_object const&) = delete;
    ~built_object() {
        sm::detail::remove_name(temporary_);
        if (!name_.empty())
            sm::detail::remove_name(name_);
    }

    //! Nobody has a lock then: where objects are swept, the builder has slot 0 until now.
    bool publish(std::string const& name) {
        bool const published = object.publish(temporary_, name);
        if (published) {
            name_ = name;
            locks().unlock_slot(0);
        }
        return published;
    }
    void publish_over(std::string const& name) {
        object.publish_over(temporary_, name);
        name_ = name;
    }
    std::string const& temporary() const { return temporary_; }
    liveness locks() const { return liveness(object); }

    kernel_object object;

private:
    std::string temporary_ = sm::detail::temporary_name(unique_name("built"));
    std::string name_;
};

inline kernel_object handle_of(std::string const& name,
                               kernel_object::access mode = kernel_object::access::read_write) {
    kernel_object object;
    if (object.open(name, mode) != kernel_object::open_result::opened)
        throw std::runtime_error("cannot open " + name);
    return object;
}

inline bool means_nothing(std::string const& name) {
    kernel_object object;
    return object.open(name, kernel_object::access::read_only) ==
           kernel_object::open_result::not_found;
}

//! What the block begins with; empty if it cannot be read.
inline std::string text_of(kernel_object const& object) {
    char text[text_bytes + 1] = {};
    return object.read(extent.block_offset, text, text_bytes) ? text : "";
}
inline std::string text_of(std::string const& name) {
    return text_of(handle_of(name, kernel_object::access::read_only));
}

} // namespace test_support

#endif
