// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// The objects behind segments, without the library: here they are files of /dev/shm. The other one is
// in windows/.

#ifndef SHARED_MEMORY_TEST_OBJECTS_HPP
#define SHARED_MEMORY_TEST_OBJECTS_HPP

#include <boost/interprocess/shared_memory_object.hpp>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
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
#include <tuple>
#include <unistd.h>
#include <vector>

namespace test_support {

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
        if (std::string const name = entry->d_name;
            name.size() > 3 && name.compare(name.size() - 3, 3, "~sm") == 0)
            result.push_back(name);
    closedir(directory);
    return result;
}

// Who it is: the object behind the name, and what is to be seen of it besides its bytes.
inline auto object_state(std::string const& name) {
    struct stat const info = stat_of(name);
    return std::tuple(info.st_ino, info.st_mode, info.st_nlink, info.st_mtim.tv_sec,
                      info.st_mtim.tv_nsec);
}
// As they are read again when they were written to an object.
inline std::string as_object(std::string const& bytes) {
    return bytes;
}
// It stays also if its last user dies, as it does here.
inline void keep_object(std::string const&) {}

// How many times dearer processes are than on Linux.
inline constexpr unsigned cost_of_a_process = 1;
inline constexpr mode_t owner_only = 0600;
inline constexpr mode_t some_permissions = 0640;

// To be mapped behind the library's back.
using memory_object = boost::interprocess::shared_memory_object;
inline memory_object open_object(std::string const& name) {
    return {boost::interprocess::open_only, name.c_str(), boost::interprocess::read_write};
}
// One of zeroes, for who opens it by its name and the other function.
inline memory_object create_object(std::string const& name, std::size_t bytes) {
    memory_object object(boost::interprocess::create_only, name.c_str(),
                         boost::interprocess::read_write);
    object.truncate(static_cast<boost::interprocess::offset_t>(bytes));
    return object;
}

// Ends this process, in one of these ways.
inline void die_by(std::string const& how) {
    if (how == "exit")
        std::exit(0);
    if (how == "_exit")
        _exit(0);
    if (how == "abort" || how == "segv") {
        int const signal = how == "abort" ? SIGABRT : SIGSEGV;
        std::signal(signal, SIG_DFL); // a sanitizer would exit() instead
        raise(signal);
    }
    if (how == "exec")
        execl("/bin/sh", "sh", "-c", "echo executed; read line", nullptr);
}

// The process sleeps in the kernel.
inline bool sleeps_now(pid_t process) {
    std::ifstream file("/proc/" + std::to_string(process) + "/stat");
    std::string line;
    std::getline(file, line);
    const auto end = line.rfind(')');
    return end != std::string::npos && line.size() > end + 2 && line[end + 2] == 'S';
}

} // namespace test_support

#endif
