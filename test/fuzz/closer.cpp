// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

#include "closer.hpp"

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

namespace fuzz {
namespace {

class closer {
public:
    static closer& instance() {
        static auto* const one = new closer; // its thread never ends
        return *one;
    }
    void arm(shared_memory::segment_handle* handle) {
        const std::lock_guard<std::mutex> lock(mutex_);
        handle_ = handle;
        when_ = std::chrono::steady_clock::now() + std::chrono::milliseconds(5);
        changed_.notify_one();
    }
    void disarm() {
        const std::lock_guard<std::mutex> lock(mutex_); // not while it is closing
        handle_ = nullptr;
    }

private:
    closer() {
        std::thread([this] { run(); }).detach();
    }
    void run() {
        std::unique_lock<std::mutex> lock(mutex_);
        for (;;) {
            if (handle_ == nullptr) {
                changed_.wait(lock);
            } else if (std::chrono::steady_clock::now() >= when_) {
                handle_->close();
                handle_ = nullptr;
            } else {
                const auto until = when_;
                changed_.wait_until(lock, until);
            }
        }
    }

    std::mutex mutex_;
    std::condition_variable changed_;
    shared_memory::segment_handle* handle_ = nullptr;
    std::chrono::steady_clock::time_point when_;
};

} // namespace

closing_soon::closing_soon(shared_memory::segment_handle& handle) {
    closer::instance().arm(&handle);
}
closing_soon::~closing_soon() {
    closer::instance().disarm();
}

} // namespace fuzz
