// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

#include "../internal.hpp"
#include "../support.hpp"

#include <windows.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fcntl.h>
#include <io.h>

namespace test_support {
namespace {

// As a shell on Linux tells them: 128 + signal.
constexpr UINT aborted = 128 + 6;
constexpr UINT crashed = 128 + 11;

[[noreturn]] void end(UINT status) {
    ::TerminateProcess(::GetCurrentProcess(), status);
    for (;;)
        ::Sleep(INFINITE);
}

// Else a debugger is asked for, and under Wine some crashed programs end with 0.
LONG WINAPI on_crash(EXCEPTION_POINTERS* what) {
    std::fprintf(stderr, "\ncrashed: exception 0x%lx at %p\n", what->ExceptionRecord->ExceptionCode,
                 what->ExceptionRecord->ExceptionAddress);
    std::fflush(stderr);
    end(crashed);
}

extern "C" void on_abort(int) {
    end(aborted);
}

char watchdog_message[512];
HANDLE timer = nullptr;

VOID CALLBACK watchdog_bites(PVOID, BOOLEAN) {
    std::fputs(watchdog_message, stderr);
    std::fflush(stderr);
    end(aborted);
}

} // namespace

void start_program() {
    ::SetErrorMode(SEM_FAILCRITICALERRORS | SEM_NOGPFAULTERRORBOX | SEM_NOOPENFILEERRORBOX);
    ::SetUnhandledExceptionFilter(&on_crash);
    std::signal(SIGABRT, &on_abort);
    // Lines end as they do on the other side of a pipe.
    ::_setmode(0, _O_BINARY);
    ::_setmode(1, _O_BINARY);
}

std::string own_path() {
    char path[MAX_PATH + 1] = {};
    return {path, ::GetModuleFileNameA(nullptr, path, MAX_PATH)};
}

// Beside this program: ...\test\... here, ...\example\... there.
std::string example_path(std::string const& name) {
    std::string path = own_path();
    path.replace(path.rfind('\\') + 1, std::string::npos, name + ".exe");
    return path.replace(path.rfind("\\test\\") + 1, 4, "example");
}

std::string program_name() {
    std::string const whole = own_path();
    std::string const name = whole.substr(whole.find_last_of("\\/") + 1);
    return name.substr(0, name.find('.'));
}

unsigned long process_id() {
    return ::GetCurrentProcessId();
}

void die_at_once() {
    end(128 + 9);
}

std::uint64_t own_process_id() {
    return process_id();
}

bool process_exists(pid_t process) {
    HANDLE const handle = ::OpenProcess(SYNCHRONIZE, FALSE, static_cast<DWORD>(process));
    if (handle == nullptr)
        return false;
    bool const ended = ::WaitForSingleObject(handle, 0) == WAIT_OBJECT_0;
    ::CloseHandle(handle);
    return !ended;
}

void default_variable(char const* name, char const* value) {
    if (std::getenv(name) == nullptr)
        ::_putenv((std::string(name) + '=' + value).c_str());
}

bool output_is_terminal() {
    return ::_isatty(1) != 0;
}

void start_timer(std::string const& message, unsigned seconds) {
    stop_timer();
    std::snprintf(watchdog_message, sizeof watchdog_message, "%s", message.c_str());
    ::CreateTimerQueueTimer(&timer, nullptr, &watchdog_bites, nullptr, seconds * 1000, 0,
                            WT_EXECUTEONLYONCE);
}

void stop_timer() {
    if (timer != nullptr)
        ::DeleteTimerQueueTimer(nullptr, timer, INVALID_HANDLE_VALUE);
    timer = nullptr;
}

// Names go with their last handles.
std::vector<std::string> remove_leftovers(std::string const&, bool (*)(std::string const&)) {
    return {};
}

} // namespace test_support
