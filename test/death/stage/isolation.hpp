// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

//! \file
//! Runs something in a process of its own, under a watchdog: what goes wrong in there ends there.

#ifndef SHARED_MEMORY_TEST_DEATH_STAGE_ISOLATION_HPP
#define SHARED_MEMORY_TEST_DEATH_STAGE_ISOLATION_HPP

#include <cstddef>
#include <cstdint>
#include <exception>
#include <new>
#include <sys/mman.h>
#include <sys/types.h>
#include <unistd.h>

namespace every {

//! What a trial tells; lies in memory that the program's processes share.
struct trial_result {
    enum class outcome : std::uint8_t { none, balanced, did_not_balance };
    outcome state;
    bool elsewhere;    // the kill was not where it was meant to be
    bool temporary;    // a killed creator's temporary was left, and was removed
    std::int32_t rank; // see scenario::survive
    char text[400];
};

//! Zeroed memory for the program's processes, to its end.
template <class T>
T* shared(std::size_t count) {
    void* const memory = ::mmap(nullptr, count * sizeof(T), PROT_READ | PROT_WRITE,
                                MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED)
        throw std::bad_alloc();
    return static_cast<T*>(memory);
}

//! In that process: what is being done, for the watchdog to tell.
void is_doing(const char* what) noexcept;

class isolation {
public:
    isolation() : result_(shared<trial_result>(1)) {}

    //! `run(result)` throws what did not balance. (Nothing is allocated here: each trial begins
    //! with the same heap, and takes the same steps again.)
    template <class Run>
    const trial_result& operator()(unsigned seconds, Run&& run) {
        if (begin(seconds)) {
            try {
                run(*result_);
                result_->state = trial_result::outcome::balanced;
            } catch (const std::exception& e) {
                tell(e.what());
            }
            ::_exit(0);
        }
        return end();
    }
    unsigned trials() const noexcept { return trials_; }

private:
    //! True: this is the new process.
    bool begin(unsigned seconds);
    const trial_result& end();
    void tell(const char* text) noexcept;

    trial_result* result_;
    unsigned trials_ = 0;
    pid_t pid_ = -1;
};

} // namespace every

#endif
