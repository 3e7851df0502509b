// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

#include "shapes.hpp"

#include <cerrno>
#include <fcntl.h>
#include <fstream>
#include <iterator>
#include <unistd.h>

namespace fuzz {
namespace {

std::string ring_image(const shape& s) {
    const auto how = sm::options().max_participants(s.participants);
    sm::circular_buffer ring(sm::create_only, name(), s.count, s.size, how);
    const std::string message(s.size, 'm');
    for (int i = 0; i != 2; ++i)
        ring.write(message.data(), message.size());
    const auto reading = ring.claim_read();
    const auto writing = ring.try_claim_write();
    return read_object();
}

template <class Buffer>
std::string locked_image(Buffer& buffer) {
    if (buffer.max_participants() == 1)
        return read_object();
    const Buffer other(sm::open_only, name());
    buffer.lock();
    return read_object(); // the destructor unlocks
}

std::string make_image(const shape& s) {
    const auto how = sm::options().max_participants(s.participants);
    switch (s.what) {
    case subject::ring:
        return ring_image(s);
    case subject::array_of_int: {
        sm::shared_array<int> array(sm::create_only, name(), s.count, how);
        return locked_image(array);
    }
    case subject::array_of_flags: {
        sm::shared_array<flags> array(sm::create_only, name(), s.count, how);
        return locked_image(array);
    }
    case subject::array_of_bool: {
        sm::shared_array<bool> array(sm::create_only, name(), s.count, how);
        return locked_image(array);
    }
    case subject::buffer: {
        sm::buffer_read_write buffer(sm::create_only, name(), s.count, how);
        return locked_image(buffer);
    }
    }
    return {};
}

} // namespace

const std::string& image_of(const shape& s) {
    static const auto images = [] {
        std::vector<std::string> made;
        for (const shape& one : shapes)
            made.push_back(make_image(one));
        return made;
    }();
    return images[static_cast<std::size_t>(&s - shapes)];
}

std::string read_object() {
    std::ifstream file(path(), std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

void write_object(const std::string& bytes) {
    remove_object();
    const int fd = ::open(path().c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0 || ::write(fd, bytes.data(), bytes.size()) != static_cast<ssize_t>(bytes.size()))
        throw std::system_error(errno, std::generic_category(), "writing " + path());
    ::close(fd);
}

} // namespace fuzz
