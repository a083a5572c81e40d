/* A target's types reach its BTF when something has them: have(TYPE) makes a variable. */
#ifndef SKEP_TESTS_TARGET_H
#define SKEP_TESTS_TARGET_H

#define have_paste(A, B) A##B
#define have_at(TYPE, LINE) TYPE *have_paste(have_, LINE)
#define have(TYPE) have_at(TYPE, __LINE__)

#endif
