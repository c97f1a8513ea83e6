#include "textflag.h"

// func encodeBlocks(dst, src *byte, n int, tables *base64Table)
//
// Of each 48 bytes it makes 64 digits at once, as Muła and Lemire describe (Base64 encoding and
// decoding at almost the speed of a memory copy, 2020): three bytes are spread over four, of
// which each takes six bits.
TEXT ·encodeBlocks(SB), NOSPLIT, $0-32
	MOVQ dst+0(FP), DI
	MOVQ src+8(FP), SI
	MOVQ n+16(FP), CX
	MOVQ tables+24(FP), DX
	VMOVDQU64 0(DX), Z0
	VMOVDQU64 64(DX), Z1
	VPBROADCASTQ sixths<>(SB), Z2
	MOVQ $-1, AX
	MOVQ $48, BX

block:
	CMPQ CX, BX
	CMOVQLT CX, BX
	BZHIQ BX, AX, R8
	KMOVQ R8, K1
	VMOVDQU8.Z (SI), K1, Z3
	VPERMB Z3, Z0, Z3
	VPMULTISHIFTQB Z3, Z2, Z3
	VPERMB Z1, Z3, Z3
	VMOVDQU64 Z3, (DI)
	ADDQ $48, SI
	ADDQ $64, DI
	SUBQ $48, CX
	JG block

	VZEROUPPER
	RET

DATA sixths<>+0(SB)/8, $0x3036242A1016040A // how far to shift for each digit
GLOBL sixths<>(SB), RODATA|NOPTR, $8
