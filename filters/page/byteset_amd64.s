#include "textflag.h"

// func findBytes(src *byte, n int, set *byteSet) uint64
TEXT ·findBytes(SB), NOSPLIT, $0-32
	MOVQ src+0(FP), SI
	MOVQ n+8(FP), CX
	MOVQ set+16(FP), DX
	MOVQ $-1, AX
	BZHIQ CX, AX, AX
	KMOVQ AX, K1
	VMOVDQU8.Z (SI), K1, Z0
	VMOVDQU64 0(DX), Z1
	VMOVDQU64 64(DX), Z2
	VPMOVB2M Z0, K2 // no ASCII
	VMOVDQA64 Z0, Z3
	VPERMI2B Z2, Z1, Z3
	VPTESTMB Z3, Z3, K1, K1
	KANDNQ K1, K2, K1
	KMOVQ K1, AX
	VZEROUPPER
	MOVQ AX, ret+24(FP)
	RET
