// SPDX-License-Identifier: MIT
/* The types of records.h, each as a global variable, so that BTF has them. */
#include <stdbool.h>

#include "records.h"

struct scalars scalars = {};
struct nests nests = {};
struct bits bits = {};
struct squeezed squeezed = {};
struct meanings meanings = {};
struct flexible flexible = {};
