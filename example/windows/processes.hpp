// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

//! \file
//! This program as other processes; posix/processes.hpp is the same for those systems.

#ifndef SHARED_MEMORY_EXAMPLE_PROCESSES_HPP
#define SHARED_MEMORY_EXAMPLE_PROCESSES_HPP

#if !defined(NOMINMAX)
#define NOMINMAX
#endif
#include <windows.h>

#include <memory>
#include <string>
#include <system_error>
#include <vector>

namespace example {

using process = std::shared_ptr<void>; // its handle

constexpr UINT status_of_killed = 128 + 9; // as a shell on Linux tells it

//! Starts this program once more, with these arguments, which have no quotes in them.
inline process start_again(const std::vector<std::string>& arguments) {
    char path[MAX_PATH + 1] = {};
    ::GetModuleFileNameA(nullptr, path, MAX_PATH);
    std::string command = '"' + std::string(path) + '"';
    for (const std::string& one : arguments)
        command += " \"" + one + '"';
    STARTUPINFOA how{};
    how.cb = sizeof how;
    PROCESS_INFORMATION started{};
    if (::CreateProcessA(nullptr, command.data(), nullptr, nullptr, TRUE, 0, nullptr, nullptr, &how,
                         &started) == 0)
        throw std::system_error(static_cast<int>(::GetLastError()), std::system_category(),
                                "starting a process");
    ::CloseHandle(started.hThread);
    return process(started.hProcess, &::CloseHandle);
}

struct ended_process {
    std::size_t which; // of those that were waited for
    bool killed;
    bool succeeded;
};

//! Waits until one of them ends; each is told once.
inline ended_process wait_for_one(std::vector<process>& all) {
    for (;; ::Sleep(1)) { // one cannot wait for more than 64
        for (std::size_t i = 0; i != all.size(); ++i) {
            if (!all[i] || ::WaitForSingleObject(all[i].get(), 0) != WAIT_OBJECT_0)
                continue;
            DWORD status = 0;
            ::GetExitCodeProcess(all[i].get(), &status);
            all[i].reset();
            return {i, status == status_of_killed, status == 0};
        }
    }
}

//! Ends this process as if somebody killed it.
inline void die_at_once() {
    ::TerminateProcess(::GetCurrentProcess(), status_of_killed);
    ::Sleep(INFINITE);
}

} // namespace example

#endif
