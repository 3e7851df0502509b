// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// The linker sends the compiler's calls here (--wrap). They go on to libFuzzer as if they came from
// the instrumented code: it uses the address that they return to.

#include "interleave.hpp"

#define NOT_INSTRUMENTED __attribute__((no_sanitize("coverage")))

namespace fuzz {
namespace {

thread_local std::uint32_t left = 0;
thread_local std::uint32_t (*action)(void*) = nullptr;
thread_local void* with = nullptr;
thread_local bool inside = false;

NOT_INSTRUMENTED inline void tick() {
    if (__builtin_expect(left == 0, 1) || !inside || --left != 0)
        return;
    left = action(with); // itself undisturbed: left is 0
}

} // namespace

NOT_INSTRUMENTED void interrupt_after(std::uint32_t comparisons, std::uint32_t (*act)(void*),
                                      void* context) {
    action = act;
    with = context;
    left = comparisons;
}

NOT_INSTRUMENTED void stop_interrupting() {
    left = 0;
}

NOT_INSTRUMENTED library_call::library_call() {
    inside = true;
}
NOT_INSTRUMENTED library_call::~library_call() {
    inside = false;
}

} // namespace fuzz

#define FORWARD(name, type)                                                                        \
    extern "C" void __real_##name(type, type);                                                     \
    extern "C" void __wrap_##name(type, type);                                                     \
    extern "C" NOT_INSTRUMENTED void __wrap_##name(type a, type b) {                               \
        fuzz::tick();                                                                              \
        [[clang::musttail]] return __real_##name(a, b);                                            \
    }

FORWARD(__sanitizer_cov_trace_cmp1, std::uint8_t)
FORWARD(__sanitizer_cov_trace_cmp2, std::uint16_t)
FORWARD(__sanitizer_cov_trace_cmp4, std::uint32_t)
FORWARD(__sanitizer_cov_trace_cmp8, std::uint64_t)
FORWARD(__sanitizer_cov_trace_const_cmp1, std::uint8_t)
FORWARD(__sanitizer_cov_trace_const_cmp2, std::uint16_t)
FORWARD(__sanitizer_cov_trace_const_cmp4, std::uint32_t)
FORWARD(__sanitizer_cov_trace_const_cmp8, std::uint64_t)
