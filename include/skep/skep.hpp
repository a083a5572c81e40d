// skep/skep.hpp: all of the library.
#pragma once

#include "skep/btf.hpp"
#include "skep/fd.hpp"
#include "skep/insn.hpp"
#include "skep/layout.hpp"
#include "skep/link.hpp"
#include "skep/map.hpp"
#include "skep/maps.hpp"
#include "skep/object.hpp"
#include "skep/perf.hpp"
#include "skep/poller.hpp"
#include "skep/result.hpp"
#include "skep/ring.hpp"
#include "skep/session.hpp"
#include "skep/spec.hpp"
#include "skep/user_ring.hpp"
