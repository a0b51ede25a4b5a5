// Catch2, 2.13 or 3: the only header that tests include for it.
#pragma once

#if SEQRL_CATCH2_MAJOR >= 3
#include <catch2/catch_all.hpp>
using Catch::Approx;
#else
#include <catch2/catch.hpp>
#endif
