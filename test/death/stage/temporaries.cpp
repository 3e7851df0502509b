// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

#include "temporaries.hpp"

#include <cstdio>
#include <dirent.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>
#include <vector>

namespace every {
namespace {

bool is_our_own = false;

bool is_temporary(const std::string& name) {
    return name.size() > 3 && name.compare(name.size() - 3, 3, "~sm") == 0;
}

template <class Wanted>
std::vector<std::string> entries_that(Wanted wanted) {
    std::vector<std::string> found;
    DIR* const entries = ::opendir("/dev/shm");
    while (const dirent* entry = entries == nullptr ? nullptr : ::readdir(entries)) {
        if (wanted(std::string(entry->d_name)))
            found.emplace_back(entry->d_name);
    }
    if (entries != nullptr)
        ::closedir(entries);
    return found;
}

unsigned remove(const std::vector<std::string>& names) {
    unsigned count = 0;
    for (const std::string& name : names)
        count += ::unlink(("/dev/shm/" + name).c_str()) == 0 ? 1U : 0U;
    return count;
}

void write_to(const char* path, const std::string& text) {
    const int file = ::open(path, O_WRONLY | O_CLOEXEC);
    if (file == -1)
        return;
    [[maybe_unused]] const ssize_t written = ::write(file, text.data(), text.size());
    ::close(file);
}

bool leave_namespace() {
    const uid_t user = ::getuid();
    const gid_t group = ::getgid();
    if (::unshare(CLONE_NEWNS) == 0)
        return true;
    if (::unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0)
        return false;
    write_to("/proc/self/setgroups", "deny");
    write_to("/proc/self/uid_map", std::to_string(user) + ' ' + std::to_string(user) + " 1");
    write_to("/proc/self/gid_map", std::to_string(group) + ' ' + std::to_string(group) + " 1");
    return true;
}

} // namespace

bool own_shared_memory() {
    is_our_own = leave_namespace() &&
                 ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
                 ::mount("tmpfs", "/dev/shm", "tmpfs", MS_NOSUID | MS_NODEV, "mode=1777") == 0;
    return is_our_own;
}

bool has_own_shared_memory() {
    return is_our_own;
}

unsigned count_temporaries() {
    return is_our_own ? static_cast<unsigned>(entries_that(is_temporary).size()) : 0U;
}

unsigned remove_temporaries() {
    return is_our_own ? remove(entries_that(is_temporary)) : 0U;
}

std::string names_of(pid_t program) {
    char text[32];
    std::snprintf(text, sizeof text, "every-%07d-", static_cast<int>(program));
    return text;
}

unsigned remove_all(const std::string& beginning) {
    return remove(entries_that([&](const std::string& name) {
        return name.compare(0, beginning.size(), beginning) == 0 && !is_temporary(name);
    }));
}

} // namespace every
