// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

#include "../internal.hpp"
#include "../support.hpp"

#include <windows.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <stdexcept>
#include <system_error>
#include <thread>

namespace test_support {
namespace {

using std::chrono::steady_clock;
constexpr std::chrono::seconds patience{60};
constexpr UINT killed = 128 + 9; // as a shell on Linux tells it

void check(bool done, char const* what) {
    if (!done)
        throw std::system_error(static_cast<int>(::GetLastError()), std::system_category(), what);
}

struct closer {
    void operator()(HANDLE handle) const { ::CloseHandle(handle); }
};
using unique_handle = std::unique_ptr<void, closer>;

struct pipe_ends {
    pipe_ends() {
        SECURITY_ATTRIBUTES inheritable{sizeof inheritable, nullptr, TRUE};
        HANDLE ends[2];
        check(::CreatePipe(&ends[0], &ends[1], &inheritable, 65536) != 0, "CreatePipe");
        read.reset(ends[0]);
        write.reset(ends[1]);
    }
    unique_handle read;
    unique_handle write;
};

void write_line(HANDLE file, std::string_view line) {
    std::string text(line);
    text += '\n';
    for (std::size_t done = 0; done != text.size();) {
        DWORD n = 0;
        check(::WriteFile(file, text.data() + done, static_cast<DWORD>(text.size() - done), &n,
                          nullptr) != 0,
              "write to a peer process");
        done += n;
    }
}

// Takes a line off the front of `text`, if there is a whole one.
bool take_line(std::string& text, std::string& line) {
    auto const end = text.find('\n');
    if (end == std::string::npos)
        return false;
    line = text.substr(0, end);
    text.erase(0, end + 1);
    return true;
}

// Reads what there is; false at the end of the input.
bool read_more(HANDLE file, std::string& text) {
    char buffer[4096];
    DWORD n = 0;
    if (::ReadFile(file, buffer, sizeof buffer, &n, nullptr) == 0) {
        check(::GetLastError() == ERROR_BROKEN_PIPE, "read from a peer process");
        return false;
    }
    text.append(buffer, n);
    return n != 0;
}

// As one word of a command line, for the C library's parser.
std::string quoted(std::string_view argument) {
    std::string word = "\"";
    std::size_t backslashes = 0;
    for (char const c : argument) {
        if (c == '"')
            word.append(backslashes + 1, '\\');
        backslashes = c == '\\' ? backslashes + 1 : 0;
        word += c;
    }
    word.append(backslashes, '\\');
    return word + '"';
}

// Inherits these two and standard error, and nothing else: a sibling that held our end open would
// hide that we are gone.
PROCESS_INFORMATION start(std::string command, HANDLE input, HANDLE output) {
    HANDLE const errors = ::GetStdHandle(STD_ERROR_HANDLE);
    ::SetHandleInformation(errors, HANDLE_FLAG_INHERIT, HANDLE_FLAG_INHERIT);
    std::array<HANDLE, 3> inherited{input, output, errors};

    SIZE_T bytes = 0;
    ::InitializeProcThreadAttributeList(nullptr, 1, 0, &bytes);
    std::vector<char> space(bytes);
    auto* const list = reinterpret_cast<LPPROC_THREAD_ATTRIBUTE_LIST>(space.data());
    check(::InitializeProcThreadAttributeList(list, 1, 0, &bytes) != 0, "CreateProcess");
    ::UpdateProcThreadAttribute(list, 0, PROC_THREAD_ATTRIBUTE_HANDLE_LIST, inherited.data(),
                                sizeof inherited, nullptr, nullptr);
    STARTUPINFOEXA info{};
    info.StartupInfo.cb = sizeof info;
    info.StartupInfo.dwFlags = STARTF_USESTDHANDLES;
    info.StartupInfo.hStdInput = input;
    info.StartupInfo.hStdOutput = output;
    info.StartupInfo.hStdError = errors;
    info.lpAttributeList = list;
    PROCESS_INFORMATION process{};
    bool started = false;
    // Of a thousand that Wine starts on a busy machine, one does not come up.
    for (int tries = 0; !started && tries != 3; ++tries) {
        started = ::CreateProcessA(nullptr, command.data(), nullptr, nullptr, TRUE,
                                   EXTENDED_STARTUPINFO_PRESENT, nullptr, nullptr,
                                   &info.StartupInfo, &process) != 0;
        if (!started && ::GetLastError() != ERROR_INTERNAL_ERROR)
            break;
    }
    ::DeleteProcThreadAttributeList(list);
    check(started, "CreateProcess");
    return process;
}

using suspend_function = LONG(WINAPI*)(HANDLE);
suspend_function of_system(char const* name) {
    return reinterpret_cast<suspend_function>(
        reinterpret_cast<void*>(::GetProcAddress(::GetModuleHandleA("ntdll.dll"), name)));
}

} // namespace

void say(std::string_view line) {
    write_line(::GetStdHandle(STD_OUTPUT_HANDLE), line);
}

std::string hear() {
    static std::string text;
    std::string line;
    while (!take_line(text, line))
        if (!read_more(::GetStdHandle(STD_INPUT_HANDLE), text))
            throw std::runtime_error("hear: the parent has closed the pipe");
    return line;
}

struct child::state {
    static std::unique_ptr<state> start(std::string const& program,
                                        std::vector<std::string> const& args);
    state() = default;
    state(state const&) = delete;
    state& operator=(state const&) = delete;
    ~state() { kill(); }

    std::string description() const { return name + " (process " + std::to_string(id) + ")"; }

    bool ended(DWORD wait) { return ::WaitForSingleObject(process.get(), wait) == WAIT_OBJECT_0; }

    void kill() {
        if (ended(0))
            return;
        ::TerminateProcess(process.get(), killed);
        ended(INFINITE);
    }

    [[noreturn]] void hangs(char const* what) {
        kill();
        throw std::runtime_error(description() + " " + what + " for a minute; killed");
    }

    std::string name;
    DWORD id = 0;
    unique_handle process;
    unique_handle to_child;
    unique_handle from_child;
    std::string text; // read, but not yet asked for
};

std::unique_ptr<child::state> child::state::start(std::string const& program,
                                                  std::vector<std::string> const& args) {
    pipe_ends input;
    pipe_ends output;
    ::SetHandleInformation(input.write.get(), HANDLE_FLAG_INHERIT, 0);
    ::SetHandleInformation(output.read.get(), HANDLE_FLAG_INHERIT, 0);

    std::string command = quoted(program);
    for (std::string const& arg : args)
        command += ' ' + quoted(arg);
    // It has our watchdog's limit.
    ::SetEnvironmentVariableA(watchdog_variable, std::to_string(watchdog_limit()).c_str());
    PROCESS_INFORMATION const process =
        test_support::start(command, input.read.get(), output.write.get());
    ::CloseHandle(process.hThread);

    auto result = std::make_unique<state>();
    result->name = std::move(command);
    result->id = process.dwProcessId;
    result->process.reset(process.hProcess);
    result->to_child = std::move(input.write);
    result->from_child = std::move(output.read);
    return result;
}

child::child(std::unique_ptr<state> started) : state_(std::move(started)) {}

child::child(std::string role, std::vector<std::string> args) {
    args.insert(args.begin(), {"--role", std::move(role)});
    state_ = state::start(own_path(), args);
}

child child::program(std::string const& path, std::vector<std::string> args) {
    return child(state::start(path, args));
}

void child::end_input() {
    state_->to_child.reset();
}

child::child(child&& other) noexcept = default;
child& child::operator=(child&& other) noexcept = default;
child::~child() = default;

int child::wait() {
    if (!state_->ended(static_cast<DWORD>(std::chrono::milliseconds(patience).count())))
        state_->hangs("has not ended");
    DWORD status = 0;
    ::GetExitCodeProcess(state_->process.get(), &status);
    return static_cast<int>(status & 0xffU); // as much as there is of it elsewhere
}

void child::kill() {
    state_->kill();
}

void child::stop() {
    check(of_system("NtSuspendProcess")(state_->process.get()) == 0, "NtSuspendProcess");
}

void child::cont() {
    check(of_system("NtResumeProcess")(state_->process.get()) == 0, "NtResumeProcess");
}

std::string child::read_line() {
    auto const deadline = steady_clock::now() + patience;
    std::string line;
    while (!take_line(state_->text, line)) {
        DWORD there = 0;
        bool const open =
            ::PeekNamedPipe(state_->from_child.get(), nullptr, 0, nullptr, &there, nullptr) != 0;
        if (open && there == 0) {
            if (steady_clock::now() >= deadline)
                state_->hangs("has said nothing");
            ::Sleep(1);
        } else if (!open || !read_more(state_->from_child.get(), state_->text)) {
            throw std::runtime_error(state_->description() + " ended without another line");
        }
    }
    return line;
}

void child::send_line(std::string_view line) {
    write_line(state_->to_child.get(), line);
}

pid_t child::pid() const {
    return static_cast<pid_t>(state_->id);
}

command_result run_command(std::string const& command) {
    command_result result{-1, {}};
    FILE* const pipe = ::_popen((command + " 2>&1 <NUL").c_str(), "rb");
    check(pipe != nullptr, "_popen");
    char buffer[4096];
    for (std::size_t n = 0; (n = std::fread(buffer, 1, sizeof buffer, pipe)) != 0;)
        result.output.append(buffer, n);
    result.output.erase(std::remove(result.output.begin(), result.output.end(), '\r'),
                        result.output.end());
    result.status = ::_pclose(pipe) & 0xff;
    return result;
}

std::string shell_word(std::string_view text) {
    return quoted(text);
}

} // namespace test_support
