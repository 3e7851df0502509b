// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// A mailbox between two processes: this program starts itself again, which answers what it is sent.
// Prints what came of it; any other end is a failure.

#include <shared_memory/shared_memory.hpp>

#include <chrono>
#include <cstdlib>
#include <iostream>
#include <string>
#include <sys/wait.h>
#include <unistd.h>

namespace sm = shared_memory;
using namespace std::chrono_literals;

namespace {

struct note {
    int number;
    int twice;
};

int answer(const std::string& name) {
    sm::mailbox questions(sm::open_only, name + "-q");
    sm::mailbox answers(sm::open_only, name + "-a");
    const auto question = questions.try_load_newer_until<note>(5s);
    if (!question)
        return 1;
    answers.store(note{question->number, 2 * question->number});
    return 0;
}

void require(bool so, const char* what) {
    if (so)
        return;
    std::cout << "failed: " << what << '\n';
    std::exit(1);
}

} // namespace

int main(int argc, char** argv) {
    if (argc == 3 && argv[1] == std::string("answer"))
        return answer(argv[2]);
    const std::string name = "add_a_class-" + std::to_string(::getpid());
    sm::mailbox questions(sm::create_only, name + "-q", sizeof(note));
    sm::mailbox answers(sm::create_only, name + "-a", sizeof(note));
    require(questions.kind_name() == std::string("mailbox"), "the class has a name");
    questions.store(note{20, 0});
    questions.store(note{21, 0}); // the newest wins
    const pid_t peer = ::fork();
    if (peer == 0) {
        ::execl("/proc/self/exe", argv[0], "answer", name.c_str(), static_cast<char*>(nullptr));
        ::_exit(127);
    }
    require(peer > 0, "fork");
    const auto came = answers.try_load_newer_until<note>(5s);
    require(came && came->number == 21 && came->twice == 42, "the answer to the newest question");
    int status = 0;
    require(::waitpid(peer, &status, 0) == peer && status == 0, "the peer ends well");
    require(!answers.try_load_newer_until<note>(sm::deadline::now()), "nothing newer");
    std::error_code ec;
    const sm::mailbox other(sm::open_only, name + "-r", ec);
    require(ec == sm::errc::not_found, "no such name");
    std::cout << came->number << " twice is " << came->twice << '\n';
}
