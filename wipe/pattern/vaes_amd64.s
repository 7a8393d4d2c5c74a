#include "textflag.h"

// func leaf7() (ecx uint32)
TEXT ·leaf7(SB), NOSPLIT, $0-4
	MOVL $7, AX
	XORL CX, CX
	CPUID
	MOVL CX, ecx+0(FP)
	RET

// Turns the 16 bytes of each half around.
DATA turn<>+0(SB)/8, $0x08090a0b0c0d0e0f
DATA turn<>+8(SB)/8, $0x0001020304050607
DATA turn<>+16(SB)/8, $0x08090a0b0c0d0e0f
DATA turn<>+24(SB)/8, $0x0001020304050607
GLOBL turn<>(SB), RODATA|NOPTR, $32

// Added to two counters: the second block is one further on, and the next two blocks are two further on.
DATA next<>+16(SB)/8, $1
GLOBL next<>(SB), RODATA|NOPTR, $32
DATA two<>+0(SB)/8, $2
DATA two<>+16(SB)/8, $2
GLOBL two<>(SB), RODATA|NOPTR, $32

// Two counter blocks in their order on the disk, and the counters after them.
#define COUNT(Y) \
	VPSHUFB Y10, Y8, Y \
	VPADDQ  Y9, Y8, Y8

// The round key at k in both halves, and one step with it on all 16 blocks: eight registers, so that none waits for another.
#define EACH(STEP, k) \
	VBROADCASTI128 (k*16)(AX), Y11 \
	STEP           Y11, Y0, Y0     \
	STEP           Y11, Y1, Y1     \
	STEP           Y11, Y2, Y2     \
	STEP           Y11, Y3, Y3     \
	STEP           Y11, Y4, Y4     \
	STEP           Y11, Y5, Y5     \
	STEP           Y11, Y6, Y6     \
	STEP           Y11, Y7, Y7

// func vaesStream(keys *roundKeys, dst *byte, n int, counter uint64)
TEXT ·vaesStream(SB), NOSPLIT, $0-32
	MOVQ        keys+0(FP), AX
	MOVQ        dst+8(FP), DI
	MOVQ        n+16(FP), CX
	VMOVQ       counter+24(FP), X8
	VINSERTI128 $1, X8, Y8, Y8
	VPADDQ      next<>(SB), Y8, Y8
	VMOVDQU     two<>(SB), Y9
	VMOVDQU     turn<>(SB), Y10

sixteen:
	COUNT(Y0)
	COUNT(Y1)
	COUNT(Y2)
	COUNT(Y3)
	COUNT(Y4)
	COUNT(Y5)
	COUNT(Y6)
	COUNT(Y7)
	EACH(VPXOR, 0)
	EACH(VAESENC, 1)
	EACH(VAESENC, 2)
	EACH(VAESENC, 3)
	EACH(VAESENC, 4)
	EACH(VAESENC, 5)
	EACH(VAESENC, 6)
	EACH(VAESENC, 7)
	EACH(VAESENC, 8)
	EACH(VAESENC, 9)
	EACH(VAESENC, 10)
	EACH(VAESENC, 11)
	EACH(VAESENC, 12)
	EACH(VAESENC, 13)
	EACH(VAESENCLAST, 14)
	VMOVDQU Y0, 0(DI)
	VMOVDQU Y1, 32(DI)
	VMOVDQU Y2, 64(DI)
	VMOVDQU Y3, 96(DI)
	VMOVDQU Y4, 128(DI)
	VMOVDQU Y5, 160(DI)
	VMOVDQU Y6, 192(DI)
	VMOVDQU Y7, 224(DI)
	ADDQ    $256, DI
	SUBQ    $256, CX
	JA      sixteen
	VZEROUPPER
	RET
