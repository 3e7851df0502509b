// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// Why Linux refused a call, and what to do: by errno, by what was being done, and by the limits that
// hold for this process.

#include <system/failure.hpp>

#include <system/failure_text.hpp>
#include <system/linux/told.hpp>

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <fstream>
#include <optional>
#include <string>

namespace shared_memory {
inline namespace SHARED_MEMORY_ABI {
namespace detail {
namespace {

struct reason {
    errc code;
    std::string text; // what was expected and found; what to do
};

std::string number(std::uint64_t value) {
    return std::to_string(value);
}

//! None: there is no such limit.
template <class Resource>
std::optional<std::uint64_t> limit_of(Resource resource) {
    struct rlimit limit {};
    if (::getrlimit(resource, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY)
        return std::nullopt;
    return limit.rlim_cur;
}

//! This process's address space; 0 if the kernel does not say.
std::uint64_t mapped_bytes() {
    std::uint64_t pages = 0;
    std::ifstream("/proc/self/statm") >> pages;
    return pages * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

bool is_folder(const char* path) {
    struct stat info {};
    return ::stat(path, &info) == 0 && S_ISDIR(info.st_mode);
}

reason no_folder() {
    return {
        errc::system_error,
        "there is no folder /dev/shm, where Linux has shared memory; mount a tmpfs there "
        "(mount -t tmpfs tmpfs /dev/shm). Behind chroot(), mount it within the new root as well"};
}

//! `allowed` and `raise` say what the limit is of, and how it is raised.
reason beyond_limit(const failed_task& task, int why, std::optional<std::uint64_t> most,
                    const std::string& allowed, const std::string& raise) {
    return {errc::no_space, needed(task) +
                                (most ? allowed + number(*most) + " bytes at most" : told(why)) +
                                "; raise the limit of " + raise + ", or ask for less"};
}

reason no_space(int why, const failed_task& task) {
    return {
        errc::no_space,
        needed(task) + told(why) +
            "; free shared memory (df /dev/shm tells how much there is, df -i /dev/shm how many "
            "names), let it be larger (mount -o remount,size=), or ask for less"};
}

reason no_memory(const failed_task& task) {
    const auto most = limit_of(RLIMIT_AS);
    const std::uint64_t used = mapped_bytes();
    if (most && (used == 0 || used + task.bytes > *most))
        return {errc::no_space,
                needed(task) + "this process may have " + number(*most) +
                    " bytes of address space at most, of which " + number(used) +
                    " are in use; raise the limit of the address space (ulimit -v; LimitAS= of a "
                    "systemd unit), or ask for less"};
    if (task.what != task::map)
        return no_space(ENOMEM, task);
    return {errc::no_space,
            needed(task) + told(ENOMEM) +
                "; close what else this process has mapped, or let a process have more mappings "
                "(sysctl vm.max_map_count)"};
}

//! The permissions as the kernel applies them, but for lists and capabilities.
bool bits_allow(const struct stat& info) {
    const mode_t both = S_IROTH | S_IWOTH;
    if (::geteuid() == 0)
        return true;
    if (info.st_uid == ::geteuid())
        return (info.st_mode >> 6U & both) == both;
    if (info.st_gid == ::getegid())
        return (info.st_mode >> 3U & both) == both;
    return (info.st_mode & both) == both;
}

reason denied(int why, const failed_task& task) {
    const std::string name(final_name(task.name));
    struct stat info {};
    constexpr const char* profile =
        ", so a security profile (AppArmor, SELinux) or a sandbox refuses it; let that allow files "
        "whose names in /dev/shm begin with the segment's name";
    switch (task.what) {
    case task::create:
    case task::publish:
        if (::stat("/dev/shm", &info) != 0)
            return {errc::permission_denied, told(why) + " of /dev/shm"};
        if (::faccessat(AT_FDCWD, "/dev/shm", W_OK | X_OK, AT_EACCESS) != 0)
            return {errc::permission_denied,
                    "user " + number(::geteuid()) +
                        " may not create files in /dev/shm, which has mode " +
                        octal_mode(info.st_mode) + "; expected mode 1777 (chmod 1777 /dev/shm)"};
        return {errc::permission_denied, told(why) + " although user " + number(::geteuid()) +
                                             " may create files in /dev/shm" + profile};
    case task::replace:
    case task::remove:
        return {errc::permission_denied,
                owner_of(name) +
                    "; in /dev/shm only its owner and root may remove or replace it: do it "
                    "as that user"};
    case task::open:
    case task::map:
        if (::lstat(("/dev/shm/" + name).c_str(), &info) == 0 && bits_allow(info))
            return {errc::permission_denied, told(why) + " although " + owner_of(name) + profile};
        return {errc::permission_denied,
                owner_of(name) +
                    "; run as that user, or let it create the segment for others as well "
                    "(options().permissions())"};
    case task::lock:
    case task::random:
        break;
    }
    return {errc::system_error,
            told(why) + "; a sandbox (seccomp) may refuse the call: let it through"};
}

reason reason_for(int why, const failed_task& task) {
    switch (why) {
    case EACCES:
    case EPERM:
        return denied(why, task);
    case EFBIG:
        return beyond_limit(task, why, limit_of(RLIMIT_FSIZE), "this process may make files of ",
                            "the size of files (ulimit -f; LimitFSIZE= of a systemd unit)");
    case ENOSPC:
    case EDQUOT:
        return no_space(why, task);
    case ENOMEM:
        return no_memory(task);
    case EAGAIN:
        if (task.what == task::create || task.what == task::map)
            return beyond_limit(task, why, limit_of(RLIMIT_MEMLOCK),
                                "this process, which locks all its memory (mlockall), may lock ",
                                "locked memory (ulimit -l; LimitMEMLOCK= of a systemd unit)");
        break;
    case ENOENT:
    case ENOTDIR:
        if (!is_folder("/dev/shm"))
            return no_folder();
        return {errc::not_found, "it is gone; try again"};
    case EROFS:
        return {errc::system_error, "/dev/shm is mounted read-only; mount it with the option rw"};
    case EMFILE:
        return {errc::system_error,
                "this process has too many files open; close some, or raise the "
                "limit (ulimit -n; LimitNOFILE= of a systemd unit)"};
    case ENFILE:
        return {errc::system_error,
                "the system has too many files open; close some, or raise the limit (sysctl "
                "fs.file-max)"};
    case ENOSYS:
    case EINVAL:
        return {errc::system_error, told(why) + "; expected Linux 3.17 or later, and no sandbox "
                                                "(seccomp) that refuses its calls"};
    default:
        break;
    }
    return {errc::system_error, told(why)};
}

constexpr means by{" (fcntl F_OFD_SETLK)", " (getrandom)"};

} // namespace

void throw_system_error(int number, const failed_task& task) {
    const reason why = reason_for(number, task);
    throw error(why.code, beginning(task, by) + why.text);
}

void throw_boost_failure(const boost::interprocess::interprocess_exception& failure,
                         const failed_task& task) {
    if (failure.get_native_error() != 0)
        throw_system_error(failure.get_native_error(), task);
    throw error(errc::system_error, beginning(task, by) + failure.what());
}

std::string owner_of(std::string_view name) {
    struct stat info {};
    if (::lstat(("/dev/shm/" + std::string(name)).c_str(), &info) != 0)
        return "it belongs to another user";
    return "it belongs to user " + number(info.st_uid) + " and group " + number(info.st_gid) +
           " and has mode " + octal_mode(info.st_mode) + ", and this process runs as user " +
           number(::geteuid());
}

} // namespace detail
} // namespace SHARED_MEMORY_ABI
} // namespace shared_memory
