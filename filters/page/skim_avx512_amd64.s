#include "textflag.h"

// What skim_amd64.h asks for, in 64 bytes at once. VPERMB looks letters up by their low six bits.

#define LESS Z16
#define GREATER Z17
#define QUOTE Z18
#define APOSTROPHE Z19
#define EQUALS Z20
#define SLASH Z21
#define DASH Z27
#define BANG Z29

#define LOAD VMOVDQU64 (SI), Z10

#define FIND(byte, bits) \
	VPCMPEQB byte, Z10, K1; \
	KMOVQ K1, bits

#define SPACES(bits) \
	VPSHUFB Z10, Z22, Z13; \
	VPCMPEQB Z10, Z13, K1; \
	KMOVQ K1, bits

#define NAMES(tags, attrs, style) \
	VMOVDQU64 1(SI), Z11; \
	VMOVDQU64 2(SI), Z12; \
	VPERMB Z0, Z10, Z13; \
	VPERMB Z1, Z11, Z14; \
	VPANDQ Z14, Z13, Z13; \
	VPERMB Z2, Z12, Z14; \
	VPANDQ Z14, Z13, Z13; \
	VPMOVB2M Z13, K1; \
	KMOVQ K1, style; \
	VPTESTNMB Z26, Z13, K1; \
	KMOVQ K1, attrs; \
	VPORQ Z23, Z10, Z15; \
	VPSUBB Z24, Z15, Z15; \
	VPCMPUB $1, Z25, Z15, K1; \
	VPERMB Z3, Z10, Z13; \
	VPERMB Z4, Z11, Z14; \
	VPANDQ Z14, Z13, Z13; \
	VPERMB Z5, Z12, Z14; \
	VPTESTNMB Z14, Z13, K1, K2; \
	KMOVQ K2, tags

#define FETCHES(bits) \
	VPCMPEQB DASH, Z10, K1; \
	VPCMPEQB DASH, Z11, K1, K1; \
	VPSHUFB Z10, Z28, Z13; \
	VPCMPEQB Z10, Z13, K2; \
	KORQ K2, K1, K1; \
	KMOVQ K1, bits

// func skimAVX512(src *byte, n int, names *nameSets) (to int, odd bool)
TEXT ·skimAVX512(SB), NOSPLIT, $112-33
	MOVQ names+16(FP), DX
	VMOVDQU64 0(DX), Z0
	VMOVDQU64 96(DX), Z1
	VMOVDQU64 192(DX), Z2
	VMOVDQU64 288(DX), Z3
	VMOVDQU64 384(DX), Z4
	VMOVDQU64 480(DX), Z5
	VPBROADCASTQ less<>(SB), Z16
	VPBROADCASTQ greater<>(SB), Z17
	VPBROADCASTQ quote<>(SB), Z18
	VPBROADCASTQ apostrophe<>(SB), Z19
	VPBROADCASTQ equals<>(SB), Z20
	VPBROADCASTQ slash<>(SB), Z21
	VBROADCASTI32X4 space<>(SB), Z22
	VPBROADCASTQ case<>(SB), Z23
	VPBROADCASTQ lowest<>(SB), Z24
	VPBROADCASTQ count<>(SB), Z25
	VPBROADCASTQ others<>(SB), Z26
	VPBROADCASTQ dash<>(SB), DASH
	VPBROADCASTQ bang<>(SB), BANG
	VBROADCASTI32X4 fetch<>(SB), Z28
#include "skim_amd64.h"

CONST(lowest, $0x6161616161616161) // "a"
CONST(count, $0x1A1A1A1A1A1A1A1A)
