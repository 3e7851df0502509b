// expect: final
// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.
#include <shared_memory/shared_buffer.hpp>
class mine : public shared_memory::shared_buffer {};
