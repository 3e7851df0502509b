// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// Segments as files: their bytes, read and forged, and how a call on them ended.

#ifndef SHARED_MEMORY_TEST_SEGMENT_FILES_HPP
#define SHARED_MEMORY_TEST_SEGMENT_FILES_HPP

#include "support.hpp"

#include <shared_memory/circular_buffer.hpp>
#include <shared_memory/detail/layout.hpp>
#include <shared_memory/shared_buffer.hpp>

#include <cstdio>
#include <cstring>
#include <dirent.h>
#include <fcntl.h>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <sys/mman.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <vector>

namespace test_support {

namespace sm = shared_memory;

// ---- How a call ended
// ----------------------------------------------------------------------------

struct outcome {
    std::error_code code; // zero: it returned
    std::string text;     // what() of what it threw
};

template <class Call>
outcome outcome_of(Call&& call) {
    try {
        call();
        return {};
    } catch (sm::error const& e) {
        return {e.code(), e.what()};
    }
}

// The call throws that error, and its text has all the words.
template <class Call>
void check_fails(std::string const& what, sm::errc expected, Call&& call,
                 std::vector<std::string> const& words = {}) {
    outcome const o = outcome_of(call);
    std::error_code const code = expected;
    BOOST_TEST(o.code == code, what << ": expected '" << code.message() << "', got '"
                                    << (o.code ? o.code.message() : "success") << "': " << o.text);
    if (!o.code)
        return;
    for (std::string const& word : words)
        BOOST_TEST(o.text.find(word) != std::string::npos,
                   what << ": expected '" << word << "' in the text: " << o.text);
}

// ---- Objects
// -------------------------------------------------------------------------------------

inline std::string path_of(std::string const& name) {
    return "/dev/shm/" + name;
}

inline bool exists(std::string const& name) {
    struct stat info {};
    return lstat(path_of(name).c_str(), &info) == 0;
}

inline struct stat stat_of(std::string const& name) {
    struct stat info {};
    if (lstat(path_of(name).c_str(), &info) != 0)
        throw std::system_error(errno, std::generic_category(), "stat of " + name);
    return info;
}

inline std::string read_object(std::string const& name) {
    std::ifstream file(path_of(name), std::ios::binary);
    if (!file)
        throw std::runtime_error("no object " + name);
    return {std::istreambuf_iterator<char>(file), {}};
}

// A new object, in place of an old one.
inline void write_object(std::string const& name, std::string const& bytes) {
    unlink(path_of(name).c_str());
    int const fd = open(path_of(name).c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    bool const written =
        fd >= 0 && write(fd, bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size());
    int const why = errno;
    if (fd >= 0)
        close(fd);
    if (!written)
        throw std::system_error(why, std::generic_category(), "writing " + name);
}

inline void remove_object(std::string const& name) {
    unlink(path_of(name).c_str());
}

inline std::vector<std::string> temporaries() {
    std::vector<std::string> result;
    DIR* const directory = opendir("/dev/shm");
    while (dirent const* const entry = readdir(directory))
        if (std::strncmp(entry->d_name, ".shared_memory-", 15) == 0)
            result.emplace_back(entry->d_name);
    closedir(directory);
    return result;
}

// The bytes of a ring in use, with the messages 0, 1, ... in it. Written to another object, they
// are a ring whose owner is dead: nobody holds a slot of that object.
inline std::string ring_image(std::uint32_t node_count = 4, std::uint32_t node_size = 8,
                              int messages = 2,
                              sm::options const& how = sm::options().max_participants(4)) {
    std::string const name = unique_name("image");
    sm::circular_buffer ring(sm::create_only, name, node_count, node_size, how);
    for (int i = 0; i != messages; ++i)
        ring.write(i);
    return read_object(name);
}

constexpr std::size_t block_at = sm::detail::page_bytes;

inline sm::detail::segment_identity identity_of(std::string const& image) {
    sm::detail::segment_identity identity{};
    std::memcpy(&identity, image.data() + block_at, sizeof identity);
    return identity;
}

inline std::string with_identity(std::string image, sm::detail::segment_identity const& identity) {
    std::memcpy(image.data() + block_at, &identity, sizeof identity);
    return image;
}

} // namespace test_support

#endif
