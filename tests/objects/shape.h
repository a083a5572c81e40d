/* The types that the core_ objects ask about: what they were "compiled against". targets/ holds
 * other kernels' idea of the same types; targets/same.c is this very file.
 */
#ifndef SKEP_TESTS_SHAPE_H
#define SKEP_TESTS_SHAPE_H

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct point {
	int x, y;
};

enum mood { MOOD_CALM, MOOD_WILD = 7, MOOD_GONE = -2 };
enum reach { REACH_NEAR = 1, REACH_FAR = 0x123456789abULL };
enum depth { DEPTH_LOW = -0x123456789abLL, DEPTH_HIGH = 5 };

typedef unsigned long long serial_t;
typedef struct {
	int hue, tone;
} colour_t;
typedef int (*draw_t)(struct point *, long);

union value {
	int number;
	char text[8];
};

struct shape {
	serial_t serial;
	int kind;
	unsigned int refs;
	struct point corner;
	struct point path[4];
	int grid[3][5];
	union {
		int radius;
		long long diameter;
	};
	struct {
		short deep;
		struct {
			char deeper;
		};
	};
	union value value;
	char label[12];
	struct shape *next;
	unsigned int visible : 1;
	unsigned int level : 7;
	int tilt : 5;
	unsigned long long stamp : 40;
	enum mood mood;
	const char *title;
	draw_t draw;
	colour_t colour;
	unsigned char small;
	_Bool ready;
	int tail[];
};

struct gone {
	int field;
};

/* Packed in other kernels, so that the bit fields lie across the bounds of their integers. */
struct squeezed {
	unsigned char lead : 3;
	unsigned char byte : 5;
	unsigned short half : 15;
	unsigned int word : 27;
	int negative : 29;
	unsigned long long wide : 33;
};

#pragma clang attribute pop

#endif
