#include "textflag.h"

// What skim_amd64.h asks for, in two halves of 32 bytes.

#define LESS less<>(SB)
#define GREATER greater<>(SB)
#define QUOTE quote<>(SB)
#define APOSTROPHE apostrophe<>(SB)
#define EQUALS equals<>(SB)
#define SLASH slash<>(SB)
#define BANG bang<>(SB)
#define DASH dash<>(SB)

#define LOAD \
	VMOVDQU (SI), Y10; \
	VMOVDQU 32(SI), Y11

// UPPER adds the upper half of a bitmap. It changes BX.
#define UPPER(bytes, bits) \
	VPMOVMSKB bytes, BX; \
	SHLQ $32, BX; \
	ORQ BX, bits

// FIND makes a bitmap of a byte. It changes BX, Y12 and Y13.
#define FIND(byte, bits) \
	VPCMPEQB byte, Y10, Y12; \
	VPCMPEQB byte, Y11, Y13; \
	VPMOVMSKB Y12, bits; \
	UPPER(Y13, bits)

#define SPACES(bits) \
	VBROADCASTI128 space<>(SB), Y14; \
	VPSHUFB Y10, Y14, Y12; \
	VPSHUFB Y11, Y14, Y13; \
	VPCMPEQB Y10, Y12, Y12; \
	VPCMPEQB Y11, Y13, Y13; \
	VPMOVMSKB Y12, bits; \
	UPPER(Y13, bits)

// HIGH moves the high four bits of bytes to the low ones.
#define HIGH(bytes, high) \
	VPSRLW $4, bytes, high; \
	VPAND Y8, high, high

// HALF looks at the 32 bytes at an offset, which are in bytes, and at those one and two after
// each. Y12 becomes -1 where the name of an element may begin that is not one of names, and Y13
// where that of an attribute may. It changes Y14 and Y15.
#define HALF(offset, bytes, style) \
	MOVQ names+16(FP), BX; \
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
	VPAND Y14, Y13, Y13; \
	VPSHUFB Y15, Y1, Y14; \
	VPAND Y14, Y13, Y13; \
	VBROADCASTI128 352(BX), Y14; \
	VPSHUFB bytes, Y14, Y14; \
	VPAND Y14, Y12, Y12; \
	VBROADCASTI128 368(BX), Y14; \
	VPSHUFB Y15, Y14, Y14; \
	VPAND Y14, Y12, Y12; \
	VMOVDQU (offset+1)(SI), Y14; \
	VBROADCASTI128 160(BX), Y15; \
	VPSHUFB Y14, Y15, Y15; \
	VPAND Y15, Y13, Y13; \
	HIGH(Y14, Y15); \
	VPSHUFB Y14, Y4, Y14; \
	VPAND Y14, Y12, Y12; \
	VBROADCASTI128 176(BX), Y14; \
	VPSHUFB Y15, Y14, Y14; \
	VPAND Y14, Y13, Y13; \
	VPMOVMSKB Y13, style; \
	VPAND others<>(SB), Y13, Y13; \
	VPCMPEQB Y9, Y13, Y13; \
	VPSHUFB Y15, Y5, Y15; \
	VPAND Y15, Y12, Y12; \
	VPCMPEQB Y9, Y12, Y12; \
	VPOR case<>(SB), bytes, Y14; \
	VPADDB first<>(SB), Y14, Y14; \
	VMOVDQU letters<>(SB), Y15; \
	VPCMPGTB Y14, Y15, Y14; \
	VPAND Y14, Y12, Y12

#define NAMES(tags, attrs, style) \
	HALF(0, Y10, style); \
	VPMOVMSKB Y12, tags; \
	VPMOVMSKB Y13, attrs; \
	HALF(32, Y11, BX); \
	SHLQ $32, BX; \
	ORQ BX, style; \
	UPPER(Y12, tags); \
	UPPER(Y13, attrs)

#define FETCHES(bits) \
	VMOVDQU dash<>(SB), Y15; \
	VBROADCASTI128 fetch<>(SB), Y14; \
	VPCMPEQB 1(SI), Y15, Y12; \
	VPCMPEQB Y10, Y15, Y13; \
	VPAND Y13, Y12, Y12; \
	VPSHUFB Y10, Y14, Y13; \
	VPCMPEQB Y10, Y13, Y13; \
	VPOR Y13, Y12, Y12; \
	VPMOVMSKB Y12, bits; \
	VPCMPEQB 33(SI), Y15, Y12; \
	VPCMPEQB Y11, Y15, Y13; \
	VPAND Y13, Y12, Y12; \
	VPSHUFB Y11, Y14, Y13; \
	VPCMPEQB Y11, Y13, Y13; \
	VPOR Y13, Y12, Y12; \
	UPPER(Y12, bits)

// func skimAVX2(src *byte, n int, names *nameSets) (to int, odd bool)
TEXT ·skimAVX2(SB), NOSPLIT, $112-33
	MOVQ names+16(FP), DX
	VBROADCASTI128 64(DX), Y0
	VBROADCASTI128 80(DX), Y1
	VBROADCASTI128 256(DX), Y2
	VBROADCASTI128 272(DX), Y3
	VBROADCASTI128 448(DX), Y4
	VBROADCASTI128 464(DX), Y5
	VBROADCASTI128 544(DX), Y6
	VBROADCASTI128 560(DX), Y7
	VMOVDQU nibble<>(SB), Y8
	VPXOR Y9, Y9, Y9
#include "skim_amd64.h"
