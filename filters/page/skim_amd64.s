#include "textflag.h"

// Text is read 64 bytes at a time, as simdjson reads JSON (Langdale and Lemire, Parsing
// Gigabytes of JSON per Second, 2019): vector instructions make bitmaps of it, one bit a byte,
// the first the lowest, and what follows is done to all 64 bits at once. Where a run of bytes
// ends that begins at a marked one, an addition finds, whose carry runs through it (Cameron et
// al., Bitwise Data Parallelism in Regular Expression Matching, 2014). Nothing branches on what
// the text is, but the end of all: tags would mislead the branch predictor.
//
// From one block to the next these are handed on, as 0 or -1:
//
//	R8             within a tag
//	R9             within double quotes in it
//	inApostrophes  within apostrophes in it, which can stand for quotes
//	inName         within its name
//	afterLess      after the "<" that begins it
//	afterSlash     after the "</" that begins it
//	afterEquals    after "=" outside quotes
//	afterGap       after what ends an attribute
//
// R10 is where the last tag began, and R14 holds what is odd.

#define CONST(name, bytes) DATA name<>+0(SB)/8, bytes; \
	DATA name<>+8(SB)/8, bytes; \
	DATA name<>+16(SB)/8, bytes; \
	DATA name<>+24(SB)/8, bytes; \
	GLOBL name<>(SB), RODATA|NOPTR, $32

CONST(less, $0x3C3C3C3C3C3C3C3C)
CONST(greater, $0x3E3E3E3E3E3E3E3E)
CONST(quote, $0x2222222222222222)
CONST(apostrophe, $0x2727272727272727)
CONST(equals, $0x3D3D3D3D3D3D3D3D)
CONST(slash, $0x2F2F2F2F2F2F2F2F)
CONST(case, $0x2020202020202020)
CONST(first, $0x1F1F1F1F1F1F1F1F) // added to "a" makes -128, the lowest of signed bytes
CONST(letters, $0x9A9A9A9A9A9A9A9A) // 26 more than that
CONST(nibble, $0x0F0F0F0F0F0F0F0F)
CONST(ones, $-1)

// Space, tab, newline, form feed and carriage return, each at the place that its low four bits
// tell, and at the other places what is not looked for there.
DATA space<>+0(SB)/8, $0xFFFFFFFFFFFFFF20
DATA space<>+8(SB)/8, $0x00FF0D0CFF0A09FF
GLOBL space<>(SB), RODATA|NOPTR, $16

// UPPER adds the upper half of a bitmap. It changes BX.
#define UPPER(bytes, bits) \
	VPMOVMSKB bytes, BX; \
	SHLQ $32, BX; \
	ORQ BX, bits

// FIND makes a bitmap of a byte. It changes BX, Y12 and Y13.
#define FIND(byte, bits) \
	VPCMPEQB byte<>(SB), Y10, Y12; \
	VPCMPEQB byte<>(SB), Y11, Y13; \
	VPMOVMSKB Y12, bits; \
	UPPER(Y13, bits)

// NEXT moves bits to the bytes after. It changes BX.
#define NEXT(bits, carry) \
	MOVQ carry, BX; \
	ADDQ BX, BX; \
	ADCQ bits, bits; \
	SBBQ BX, BX; \
	MOVQ BX, carry

// HIGH moves the high four bits of bytes to the low ones.
#define HIGH(bytes, high) \
	VPSRLW $4, bytes, high; \
	VPAND Y8, high, high

// NAMES looks at the 32 bytes at an offset, which are in bytes, and at those one and two after
// each. Y12 becomes -1 where the name of an element may begin that is not one of names, and Y13
// where that of an attribute may. It changes Y14 and Y15.
#define NAMES(offset, bytes) \
	VMOVDQU (offset+2)(SI), Y14; \
	HIGH(Y14, Y15); \
	VPSHUFB Y14, Y6, Y12; \
	VPSHUFB Y15, Y7, Y13; \
	VPAND Y13, Y12, Y12; \
	VPSHUFB Y14, Y2, Y13; \
	VPSHUFB Y15, Y3, Y14; \
	VPAND Y14, Y13, Y13; \
	HIGH(bytes, Y15); \
	VPSHUFB bytes, Y0, Y14; \
	VPSHUFB Y15, Y1, Y15; \
	VPAND Y14, Y13, Y13; \
	VPAND Y15, Y13, Y13; \
	VPCMPEQB Y9, Y13, Y13; \
	VMOVDQU (offset+1)(SI), Y14; \
	HIGH(Y14, Y15); \
	VPSHUFB Y14, Y4, Y14; \
	VPSHUFB Y15, Y5, Y15; \
	VPAND Y14, Y12, Y12; \
	VPAND Y15, Y12, Y12; \
	VPCMPEQB Y9, Y12, Y12; \
	VPOR case<>(SB), bytes, Y14; \
	VPADDB first<>(SB), Y14, Y14; \
	VMOVDQU letters<>(SB), Y15; \
	VPCMPGTB Y14, Y15, Y14; \
	VPAND Y14, Y12, Y12

// func skimBlocks(src *byte, n int, names *nameSets) (to int, odd bool)
TEXT ·skimBlocks(SB), NOSPLIT, $64-33
	MOVQ src+0(FP), SI
	MOVQ n+8(FP), CX
	MOVQ names+16(FP), DX
	VBROADCASTI128 0(DX), Y0
	VBROADCASTI128 16(DX), Y1
	VBROADCASTI128 32(DX), Y2
	VBROADCASTI128 48(DX), Y3
	VBROADCASTI128 64(DX), Y4
	VBROADCASTI128 80(DX), Y5
	VBROADCASTI128 96(DX), Y6
	VBROADCASTI128 112(DX), Y7
	VMOVDQU nibble<>(SB), Y8
	VPXOR Y9, Y9, Y9
	XORQ R8, R8
	XORQ R9, R9
	MOVQ SI, R10
	MOVQ R8, inName-8(SP)
	MOVQ R8, afterLess-16(SP)
	MOVQ R8, afterSlash-24(SP)
	MOVQ R8, afterEquals-32(SP)
	MOVQ R8, afterGap-40(SP)
	MOVQ R8, inApostrophes-56(SP)

block:
	VMOVDQU (SI), Y10
	VMOVDQU 32(SI), Y11

	// R12 = tags, from each "<" to the next ">"; AX = the "<" that begin them
	FIND(less, AX)
	FIND(greater, DX)
	MOVQ DX, R11
	NOTQ R11
	MOVQ R11, R12
	MOVQ R8, BX
	ADDQ BX, BX
	ADCQ AX, R12
	XORQ R11, R12
	ORQ AX, R12
	ANDQ R12, R11
	ADDQ R8, R8
	ADCQ R11, R11
	SBBQ R8, R8
	ANDNQ AX, R11, AX
	MOVQ AX, begins-48(SP)

	// R13 = within quotes. A bit is when there is an odd number of them up to it: that is a
	// product without carries. Apostrophes count outside double quotes.
	FIND(quote, R11)
	ANDQ R12, R11
	VMOVQ R11, X12
	VPCLMULQDQ $0, ones<>(SB), X12, X12
	VMOVQ X12, R13
	XORQ R9, R13
	MOVQ R13, R9
	SARQ $63, R9
	FIND(apostrophe, AX)
	ANDQ R12, AX
	ANDNQ AX, R13, AX
	VMOVQ AX, X12
	VPCLMULQDQ $0, ones<>(SB), X12, X12
	VMOVQ X12, R14
	XORQ inApostrophes-56(SP), R14
	MOVQ R14, BX
	SARQ $63, BX
	MOVQ BX, inApostrophes-56(SP)
	ORQ R14, R13
	ANDQ R11, R14 // odd: a double quote between apostrophes
	ORQ AX, R11
	MOVQ DX, AX
	ANDQ R12, AX
	ANDQ R13, AX
	ORQ AX, R14 // odd: ">" in quotes

	// R15 = outside quotes; R13 = opening quotes, R11 = closing ones
	ANDNQ R12, R13, R15
	ANDQ R11, R13
	ANDQ R15, R11

	// DI = "=" outside quotes
	FIND(equals, DI)
	ANDQ R15, DI
	MOVQ DI, R12
	NEXT(R12, afterEquals-32(SP))
	XORQ R12, R13
	ORQ R13, R14 // odd: one of "=" and a quote without the other

	// R13 = where elements' names begin; AX = "/" but that of "</"
	MOVQ begins-48(SP), AX
	NEXT(AX, afterLess-16(SP))
	MOVQ AX, R13
	FIND(slash, AX)
	MOVQ R13, R12
	ANDQ AX, R12
	ANDNQ R13, AX, R13
	XORQ R12, AX
	NEXT(R12, afterSlash-24(SP))
	ORQ R12, R13

	// AX = what stands between attributes
	VBROADCASTI128 space<>(SB), Y14
	VPSHUFB Y10, Y14, Y12
	VPSHUFB Y11, Y14, Y13
	VPCMPEQB Y10, Y12, Y12
	VPCMPEQB Y11, Y13, Y13
	VPMOVMSKB Y12, R12
	UPPER(Y13, R12)
	ORQ R12, AX

	// R12 = where elements' names end
	MOVQ AX, R12
	ORQ DI, R12
	ORQ DX, R12
	NOTQ R12
	MOVQ R13, DX
	ANDQ R12, DX
	MOVQ inName-8(SP), BX
	ADDQ BX, BX
	ADCQ DX, R12
	SBBQ BX, BX
	MOVQ BX, inName-8(SP)
	ANDQ DI, R12
	ORQ R12, R14 // odd: at "="

	// AX = where attributes' names begin, and what stands between them
	ANDQ R15, AX
	ORQ R11, AX
	NEXT(AX, afterGap-40(SP))
	ANDQ AX, DI
	ORQ DI, R14 // odd: with "="

	NAMES(0, Y10)
	VPMOVMSKB Y12, R11
	VPMOVMSKB Y13, R12
	NAMES(32, Y11)
	UPPER(Y12, R11)
	UPPER(Y13, R12)
	ANDNQ R13, R11, R13
	ORQ R13, R14 // odd: an element's name
	ANDNQ AX, R12, AX
	ORQ AX, R14 // odd: an attribute's name

	MOVQ begins-48(SP), AX
	TESTQ R14, R14
	JNZ odd
	BSRQ AX, BX // tells when there is none
	LEAQ (SI)(BX*1), BX
	CMOVQNE BX, R10
	ADDQ $64, SI
	DECQ CX
	JNZ block

	TESTQ R8, R8
	CMOVQEQ SI, R10
	MOVB $0, odd+32(FP)
	JMP done

odd:
	// The tag is the last that begins up to the first odd bit.
	BLSMSKQ R14, R14
	ANDQ R14, AX
	BSRQ AX, BX
	LEAQ (SI)(BX*1), BX
	CMOVQNE BX, R10
	MOVB $1, odd+32(FP)

done:
	VZEROUPPER
	SUBQ src+0(FP), R10
	MOVQ R10, to+24(FP)
	RET
