#include "textflag.h"

// AFTER loads the bytes at an offset, one further on than those before, of which R12 and R13
// tell how many there are.
#define AFTER(offset, bytes) \
	SHRQ $1, R13, R12; \
	SHRQ $1, R13; \
	KMOVQ R12, K1; \
	VMOVDQU8.Z offset(SI), K1, bytes

// func markBlocks(src *byte, n int, sets *blockSets, blocks *[maxBlocks]blockMarks) uint64
TEXT ·markBlocks(SB), NOSPLIT, $0-40
	MOVQ src+0(FP), SI
	MOVQ n+8(FP), CX
	MOVQ sets+16(FP), DX
	MOVQ blocks+24(FP), DI
	VMOVDQU64 0(DX), Z0
	VMOVDQU64 64(DX), Z1
	VMOVDQU64 128(DX), Z2
	VMOVDQU64 192(DX), Z3
	VMOVDQU64 256(DX), Z4
	VMOVDQU64 320(DX), Z5
	VMOVDQU64 384(DX), Z6
	VMOVDQU64 448(DX), Z7
	VMOVDQU64 512(DX), Z8
	VMOVDQU64 576(DX), Z10
	VPBROADCASTQ dot<>(SB), Z9
	XORQ R8, R8
	MOVQ $1, R9

block:
	PREFETCHT0 2048(SI) // what follows the script
	CMPQ CX, $69
	JLT end
	VMOVDQU64 0(SI), Z16
	VMOVDQU64 1(SI), Z17
	VMOVDQU64 2(SI), Z18
	VMOVDQU64 3(SI), Z19
	VMOVDQU64 4(SI), Z20
	VMOVDQU64 5(SI), Z24

look:
	// VPERMB looks letters up by their low six bits.
	VPERMB Z0, Z16, Z21
	VPERMB Z1, Z17, Z22
	VPERMB Z2, Z18, Z23
	VPTERNLOGQ $0x80, Z22, Z23, Z21 // and
	VPERMB Z3, Z19, Z22
	VPERMB Z4, Z20, Z23
	VPERMB Z5, Z24, Z24
	VPTERNLOGQ $0x80, Z22, Z23, Z24
	VPTESTMB Z21, Z24, K1

	VPERMB Z6, Z17, Z21
	VPERMB Z7, Z18, Z22
	VPERMB Z8, Z19, Z23
	VPTERNLOGQ $0x80, Z22, Z23, Z21
	VPERMB Z10, Z20, Z22
	VPCMPEQB Z9, Z16, K2
	VPTESTMB Z21, Z22, K2, K2

	KMOVQ K1, AX
	KMOVQ K2, BX
	MOVQ AX, 0(DI)
	MOVQ BX, 8(DI)
	ORQ BX, AX
	CMOVQNE R9, AX
	ORQ AX, R8
	ADDQ R9, R9
	ADDQ $64, SI
	ADDQ $16, DI
	SUBQ $64, CX
	JLE done
	CMPQ R9, $(1<<8) // maxBlocks
	JNE block

done:
	VZEROUPPER
	MOVQ R8, ret+32(FP)
	RET

end:
	// Only what is there is loaded, and zeros for the rest.
	MOVQ $-1, AX
	BZHIQ CX, AX, R12
	XORQ BX, BX
	MOVQ CX, R13
	SUBQ $64, R13
	CMOVQLT BX, R13
	BZHIQ R13, AX, R13
	KMOVQ R12, K1
	VMOVDQU8.Z 0(SI), K1, Z16
	AFTER(1, Z17)
	AFTER(2, Z18)
	AFTER(3, Z19)
	AFTER(4, Z20)
	AFTER(5, Z24)
	JMP look

DATA dot<>+0(SB)/8, $0x2E2E2E2E2E2E2E2E
GLOBL dot<>(SB), RODATA|NOPTR, $8
