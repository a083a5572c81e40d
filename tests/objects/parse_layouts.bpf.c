// Structs whose layout is hard to write down again: what tests/kernel/btf.cpp prints from this
// object's BTF and compiles must have the layouts that clang gave these.
typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;
typedef _Bool bool;

#define packed __attribute__((packed))
#define aligned(n) __attribute__((aligned(n)))

struct scalars { u8 a; u64 b; u16 c; __int128 d; double e; bool f; float g; };
struct scalars_packed { u8 a; u64 b; u16 c; __int128 d; double e; bool f; float g; } packed;
struct packed_aligned { u8 a; u32 b; } packed aligned(4);
struct cacheline { u32 a; u32 b aligned(64); u8 c; } aligned(128);
struct holds_packed { u8 a; struct scalars_packed b; u16 c; struct packed_aligned d[3]; };
struct holds_cacheline { u8 a; struct cacheline b; u8 c; };
struct bits { u32 a : 3, b : 29, c : 1; u64 d : 40; u8 e : 7; bool f : 1; int g : 5; };
struct bits_gaps { u32 a : 3, : 7, b : 4; u32 : 0; u16 c : 9; u64 : 20, d : 33; u8 e; u32 f : 8; };
struct bits_packed { u8 a; u32 b : 30; u64 c : 60; u8 d : 1; u16 e; u64 f : 13; } packed;
struct bits_packed_whole { u32 a : 20; u32 b : 20; u32 c : 24; } packed;
struct bits_cross { u32 a : 20; u32 b : 20; u8 c : 3; u8 d : 7; u64 e : 63; u64 f : 2; };
struct bits_then { u8 a : 1; u8 b; u32 c : 5; u16 d; u64 e : 17; u32 f; };
struct bits_first_hole { u64 : 12, a : 4, : 16, b : 1; };
enum small { small_a, small_b = 200 } __attribute__((mode(byte)));
enum wide { wide_a = -1LL << 40, wide_b = 1LL << 50 };
enum word { word_a = 1 } __attribute__((mode(word)));
struct enums { enum small a; enum wide b; enum word c; enum small d : 3; enum small e[5]; };
union odd { u32 a; u8 b[7]; };
union odd_packed { u32 a; u8 b[7]; } packed;
union large { u32 a; u8 b; } aligned(32);
struct unions { u8 a; union odd b; u8 c; union odd_packed d; u8 e; union large f; };
struct flexible { u32 n; struct { u8 a; u32 b; } items[]; };
struct zero { u32 a; u64 none[0]; u8 b; struct {} empty; };
struct anonymous {
	u8 a;
	struct { u32 b; union { u64 c; struct { u8 d : 3; u16 e; } packed; }; };
	union { struct { u8 f; } aligned(16); u8 g; };
	struct { u8 h; u32 i; } packed j[3];
};
struct aligned_members { u8 a; u8 b aligned(2); u8 c aligned(8); u16 d aligned(2) packed; u32 e; };
struct half_packed { u8 a; u32 b packed; u16 c; };
struct later;
struct pointers {
	u8 a;
	int (*b)(struct later *, ...);
	const volatile void *const *c[3];
	int (*(*d[2])(u8))[4];
	struct later *e;
} packed;
struct later { struct pointers back; struct later *next; u8 last; };
struct rows { u16 a[3][5]; struct bits b[2][2]; u8 c; };
struct page { u8 a; u8 b aligned(4096); };

#define keep(kind, name) kind name *keep_##name;
keep(struct, scalars) keep(struct, scalars_packed) keep(struct, packed_aligned)
keep(struct, cacheline) keep(struct, holds_packed) keep(struct, holds_cacheline)
keep(struct, bits) keep(struct, bits_gaps) keep(struct, bits_packed) keep(struct, bits_cross)
keep(struct, bits_then) keep(struct, bits_first_hole) keep(struct, enums) keep(union, odd)
keep(union, odd_packed) keep(union, large) keep(struct, unions) keep(struct, flexible)
keep(struct, zero) keep(struct, anonymous) keep(struct, aligned_members)
keep(struct, half_packed) keep(struct, pointers) keep(struct, later) keep(struct, rows)
keep(struct, page) keep(struct, bits_packed_whole)
