#include "textflag.h"

// func findMarkup(src *byte, n int) int
TEXT ·findMarkup(SB), NOSPLIT, $0-24
	MOVQ src+0(FP), SI
	MOVQ n+8(FP), CX
	VPBROADCASTB less<>+0(SB), Z1
	VPBROADCASTB less<>+1(SB), Z2
	VPBROADCASTB less<>+2(SB), Z3

block:
	VMOVDQU64 (SI), Z0
	VMOVDQU64 1(SI), Z4
	VPCMPEQB Z0, Z1, K1
	VPCMPEQB Z4, Z2, K1, K2
	VPCMPEQB Z4, Z3, K1, K3
	KORTESTQ K2, K3
	JNE found
	ADDQ $64, SI
	DECQ CX
	JNZ block
	JMP done

found:
	KORQ K2, K3, K2
	KMOVQ K2, AX
	TZCNTQ AX, AX
	ADDQ AX, SI

done:
	VZEROUPPER
	SUBQ src+0(FP), SI
	MOVQ SI, ret+16(FP)
	RET

DATA less<>+0(SB)/4, $0x00212F3C
GLOBL less<>(SB), RODATA|NOPTR, $4
