// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

//! \file
//! The whole library.

#ifndef SHARED_MEMORY_SHARED_MEMORY_HPP
#define SHARED_MEMORY_SHARED_MEMORY_HPP

#include <shared_memory/buffer_read_write.hpp>
#include <shared_memory/buffer_with_locks.hpp>
#include <shared_memory/circular_buffer.hpp>
#include <shared_memory/circular_buffer_of.hpp>
#include <shared_memory/dead_letters.hpp>
#include <shared_memory/deadline.hpp>
#include <shared_memory/error.hpp>
#include <shared_memory/latest_buffer.hpp>
#include <shared_memory/latest_claims.hpp>
#include <shared_memory/latest_value.hpp>
#include <shared_memory/options.hpp>
#include <shared_memory/reports.hpp>
#include <shared_memory/ring_handle.hpp>
#include <shared_memory/segment_handle.hpp>
#include <shared_memory/segment_id.hpp>
#include <shared_memory/shareable.hpp>
#include <shared_memory/shared_array.hpp>
#include <shared_memory/shared_buffer.hpp>
#include <shared_memory/stream_calls.hpp>
#include <shared_memory/type_tag.hpp>
#include <shared_memory/typed_claims.hpp>
#include <shared_memory/wait_any.hpp>

#endif
