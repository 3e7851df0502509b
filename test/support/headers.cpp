// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// Nothing: it carries the headers that the test programs share, see test/CMakeLists.txt.
