/* Records of every type that C has, for tests: compiled for BPF (records.bpf.c), where BTF says
 * where the fields lie, and for this machine, where the compiler itself does. */
#ifndef SKEP_TEST_RECORDS_H
#define SKEP_TEST_RECORDS_H

#include "../../bpf/skep/columns.bpf.h"

enum colour { red, green = 5, blue };
enum sign { minus = -7, zero = 0, plus = 7 };
enum large { small = 1, huge = 0x100000000LL };
enum deep { deepest = -0x7fffffffffffffffLL, flat = 0 };

typedef unsigned int u32_alias;
typedef const volatile u32_alias qualified;
typedef char name_text[8];

struct pair {
	unsigned char a;
	long long b;
};

struct scalars {
	bool yes;
	char letter;
	signed char i8;
	unsigned char u8;
	short i16;
	unsigned short u16;
	int i32;
	unsigned int u32;
	long i64;
	unsigned long long u64;
	__int128 i128;
	unsigned __int128 u128;
	float f32;
	double f64;
	enum colour colour;
	enum sign sign;
	enum large large;
	enum deep deep;
	void *pointer;
	int (*function)(void *);
	u32_alias alias;
};

struct nests {
	int first;
	struct {
		short x;
		union {
			int v4;
			unsigned char v6[16];
		} addr;
	} peer;
	union {
		struct {
			int left, right;
		};
		long long both;
	};
	struct pair pairs[2];
	int matrix[2][3];
	name_text names[3];
	name_text name;
	unsigned char mac[6];
	volatile u32_alias last;
};

struct bits {
	unsigned int a : 3;
	int b : 5;
	unsigned int c : 17;
	unsigned int : 2;
	bool d : 1;
	enum colour e : 4;
	unsigned long long f : 41;
	long long g : 23;
	unsigned char h : 8;
	skep_errno_t i : 12;
	unsigned __int128 j : 100;
};

struct __attribute__((packed)) squeezed {
	char tag;
	int number;
	short list[2];
	unsigned long long last : 40;
	double real;
};

struct meanings {
	skep_errno_t error;
	skep_result_t result;
	skep_signal_t signal;
	skep_duration_ns_t duration;
	skep_time_ns_t time;
	skep_open_flags_t flags;
	skep_mode_t mode;
	skep_uid_t uid;
	skep_text_t text;
	skep_words_t words;
};

struct flexible {
	int count;
	char tag;
	char rest[];
};

#endif
