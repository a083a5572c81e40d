// Notes by hand, for operands that compilers seldom choose.
#define PROBE(name, operands)                                                  \
	"990: nop\n"                                                           \
	".pushsection .note.stapsdt,\"\",\"note\"\n"                           \
	".balign 4\n"                                                          \
	".4byte 992f-991f, 994f-993f, 3\n"                                     \
	"991: .asciz \"stapsdt\"\n"                                            \
	"992: .balign 4\n"                                                     \
	"993: .8byte 990b\n"                                                   \
	".8byte 0\n"                                                           \
	".8byte 0\n"                                                           \
	".asciz \"hand\"\n"                                                    \
	".asciz \"" name "\"\n"                                                \
	".asciz \"" operands "\"\n"                                            \
	"994: .balign 4\n"                                                     \
	".popsection\n"

#define FUNCTION(name, body)                                                   \
	__asm__(".text\n.globl " name "\n.type " name ",@function\n" name      \
		":\n" body "ret\n.size " name ", .-" name "\n")

int skep_hand_variable[2] __attribute__((visibility("hidden"))) = {0x11223344, -5};

#if defined(__x86_64__)
/* A table of longs in %rdi. */
FUNCTION("skep_registers",
	 "mov $-7, %rdx\n"
	 "mov %rdi, %r8\n"
	 "mov $0x80, %r9\n"
	 PROBE("registers", "1@%dl -1@%dl 2@%dx -2@%dx 4@%edx -4@%edx 8@%rdx -8@%rdx "
			    "8@%r8 1@%r9b -1@%r9b -2@%r9w"));
FUNCTION("skep_memory",
	 "lea 16(%rdi), %rax\n"
	 "push %rdi\n"
	 PROBE("memory", "8@(%rax) 8@-8(%rax) 4@8(%rax) -4@8(%rax) -1@8(%rax) 2@0x8(%rax) "
			 "8@(%rsp) 4@skep_hand_variable(%rip) -4@skep_hand_variable+4(%rip) "
			 "-4@4+skep_hand_variable(%rip) 8@$-9 4@$0x10")
	 "pop %rdi\n");
FUNCTION("skep_indexed",
	 "mov %rdi, %rax\n"
	 "mov $3, %ecx\n"
	 PROBE("indexed", "8@(%rax,%rcx,8) 8@-8(%rax,%rcx,8) -4@4(%rax,%rcx,4) 1@(%rax,%rcx) "
			  "2@(%rax,%rcx,2) 8@(,%rax,1) 8@(,%rax)"));
FUNCTION("skep_vector", PROBE("vector", "4@%eax 8@%xmm0"));
FUNCTION("skep_upper", PROBE("upper", "1@%ah"));
#elif defined(__aarch64__)
FUNCTION("skep_registers",
	 "mov x2, #-7\n"
	 "mov x8, x0\n"
	 "mov x9, #0x80\n"
	 PROBE("registers", "1@w2 -1@w2 2@w2 -2@w2 4@w2 -4@w2 8@x2 -8@x2 8@x8 1@w9 -1@w9 -2@w9"));
#endif
