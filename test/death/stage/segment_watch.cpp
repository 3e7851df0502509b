// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

#include "segment_watch.hpp"

#include <cstdio>
#include <cstring>
#include <dirent.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

namespace every {
namespace {

//! Where the shared memory is that the process has mapped for writing; empty: nowhere.
std::string mapped_in(pid_t process) {
    char line[1024];
    const std::string path = "/proc/" + std::to_string(process) + "/maps";
    FILE* const maps = std::fopen(path.c_str(), "re");
    std::string found;
    while (maps != nullptr && std::fgets(line, sizeof line, maps) != nullptr) {
        const char* const object = std::strstr(line, " /dev/shm/");
        if (object != nullptr && std::strstr(line, " rw-s ") != nullptr)
            found.assign(object + 1, std::strcspn(object + 1, "\n"));
    }
    if (maps != nullptr)
        std::fclose(maps);
    return found;
}

//! The entry of /proc/PID/fd that leads to shared memory.
std::string opened_in(pid_t process) {
    const std::string folder = "/proc/" + std::to_string(process) + "/fd";
    DIR* const entries = ::opendir(folder.c_str());
    std::string found;
    while (const dirent* entry = entries == nullptr ? nullptr : ::readdir(entries)) {
        char target[512] = {};
        const std::string path = folder + '/' + entry->d_name;
        if (::readlink(path.c_str(), target, sizeof target - 1) > 0 &&
            std::strncmp(target, "/dev/shm/", 9) == 0)
            found = path;
    }
    if (entries != nullptr)
        ::closedir(entries);
    return found;
}

} // namespace

segment_watch::~segment_watch() {
    close();
}

void segment_watch::close() noexcept {
    if (base_ != nullptr)
        ::munmap(const_cast<std::byte*>(base_), size_);
    if (file_ != -1)
        ::close(file_);
    base_ = nullptr;
    file_ = -1;
    size_ = 0;
}

void segment_watch::look_at(pid_t process) {
    std::string path = mapped_in(process);
    is_mapped_ = !path.empty();
    // (deleted): what is mapped has lost its name, and is open still
    if (!is_mapped_ || path.find(' ') != std::string::npos)
        path = opened_in(process);
    if (path.empty())
        return; // as before
    open(path);
}

void segment_watch::open(const std::string& path) {
    const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    struct stat info {};
    if (file == -1 || ::fstat(file, &info) != 0) {
        if (file != -1)
            ::close(file);
        return;
    }
    const auto size = static_cast<std::size_t>(info.st_size);
    if (info.st_ino == inode_ && size == size_) {
        ::close(file);
        return;
    }
    close();
    file_ = file;
    inode_ = info.st_ino;
    if (size == 0)
        return;
    void* const memory = ::mmap(nullptr, size, PROT_READ, MAP_SHARED, file, 0);
    if (memory == MAP_FAILED)
        return;
    base_ = static_cast<const std::byte*>(memory);
    size_ = size;
    before_.assign(base_, base_ + size_);
}

bool segment_watch::changed() {
    if (size_ == 0 || std::memcmp(before_.data(), base_, size_) == 0)
        return false;
    std::memcpy(before_.data(), base_, size_);
    return true;
}

object_view segment_watch::object() const {
    return object_view(const_cast<std::byte*>(base_)); // mapped read-only: it is only looked at
}

} // namespace every
