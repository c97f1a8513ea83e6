// The body of skimBlocks, whatever vectors it works with: what includes it defines
//
//	LOAD                 takes the 64 bytes at SI into registers
//	FIND(byte, bits)     makes a bitmap of a byte in them; it may change BX
//	SPACES(bits)         makes a bitmap of whitespace (WHATWG Infra, section 4.6); likewise
//	NAMES(tags, attrs,   makes bitmaps of where no name of an odd element or attribute may
//	 style)              begin, of those that nameSets tells, and of where style may; the first
//	                     has letters only
//	FETCHES(bits)        makes a bitmap of "(", "&", a backslash and the first of two dashes
//
// and has set up what these need. They leave all other general registers alone.
//
// Text is read 64 bytes at a time, as simdjson reads JSON (Langdale and Lemire, Parsing
// Gigabytes of JSON per Second, 2019): vector instructions make bitmaps of it, one bit a byte,
// the first the lowest, and what follows is done to all 64 bits at once. Where a run of bytes
// ends that begins at a marked one, an addition finds, whose carry runs through it (Cameron et
// al., Bitwise Data Parallelism in Regular Expression Matching, 2014). Tags would mislead the
// branch predictor: nothing branches on what the text is, but the end of all, and around
// apostrophes, comments and styles, which most blocks don't have.
//
// From one block to the next these are handed on, in the highest bit:
//
//	R8             within a tag
//	R9             within double quotes in it
//	inApostrophes  within apostrophes in it, which can stand for quotes
//	inStyle        from the name style up to a closing quote
//	inName         within its name
//	afterLess      after the "<" that begins it
//	afterSlash     after the "</" that begins it
//	afterEquals    after "=" outside quotes
//	afterGap       after what ends an attribute
//	inComment      from "!" up to the ">" that ends a comment
//	afterBang      after that "!"
//	afterDash      after a dash
//	afterDashes    after two, within a comment
//
// heads are of one block.
//
// R10 is where the last tag began, and R14 holds what is odd.

// RUN adds other bits, with what the block before hands on. It changes BX.
#define RUN(bits, others, carry) \
	MOVQ carry, BX; \
	ADDQ BX, BX; \
	ADCQ others, bits; \
	SBBQ BX, BX; \
	MOVQ BX, carry

// NEXT moves bits to the bytes after. It changes BX.
#define NEXT(bits, carry) \
	MOVQ carry, BX; \
	MOVQ bits, carry; \
	SHLQ $1, BX, bits

	MOVQ src+0(FP), SI
	MOVQ n+8(FP), CX
	XORQ R8, R8
	XORQ R9, R9
	MOVQ SI, R10
	MOVQ R8, inName-8(SP)
	MOVQ R8, afterLess-16(SP)
	MOVQ R8, afterSlash-24(SP)
	MOVQ R8, afterEquals-32(SP)
	MOVQ R8, afterGap-40(SP)
	MOVQ R8, inApostrophes-56(SP)
	MOVQ R8, inStyle-64(SP)
	MOVQ R8, inComment-72(SP)
	MOVQ R8, afterBang-80(SP)
	MOVQ R8, afterDash-88(SP)
	MOVQ R8, afterDashes-96(SP)

block:
	LOAD
	PREFETCHT0 1024(SI) // also what is read otherwise, as scripts are

	// R12 = tags, from each "<" to the next ">"; AX = the "<" that begin them
	FIND(LESS, AX)
	FIND(GREATER, DX)
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

	// AX = what is after "<"; R13 = "!" there
	NEXT(AX, afterLess-16(SP))
	FIND(BANG, R13)
	ANDQ AX, R13
	MOVQ AX, heads-104(SP)
	XORQ R14, R14
	MOVQ inComment-72(SP), BX
	ORQ R13, BX
	JZ nocomment // like most
	XORQ R13, heads-104(SP)

	// R15 = comments, R14 = the ">" that end them
	MOVQ DX, R11
	NOTQ R11
	MOVQ R13, R15
	RUN(R15, R11, inComment-72(SP))
	MOVQ R15, R14
	ANDQ DX, R14
	XORQ R11, R15
	ORQ R13, R15
	ANDNQ R12, R15, R12

	// odd: no dash after "!", and no two before the end
	FIND(DASH, R11)
	NEXT(R13, afterBang-80(SP))
	ANDNQ R13, R11, R13
	MOVQ R11, AX
	NEXT(AX, afterDash-88(SP))
	ANDQ R11, AX
	NEXT(AX, afterDashes-96(SP))
	ANDNQ R14, AX, R14
	ORQ R13, R14

nocomment:
	// R13 = within quotes. A bit is when there is an odd number of them up to it: that is a
	// product without carries. Apostrophes count outside double quotes.
	FIND(QUOTE, R11)
	ANDQ R12, R11
	VMOVQ R11, X12
	VPCLMULQDQ $0, ones<>(SB), X12, X12
	VMOVQ X12, R13
	XORQ R9, R13
	MOVQ R13, R9
	SARQ $63, R9
	FIND(APOSTROPHE, AX)
	ANDQ R12, AX
	ANDNQ AX, R13, AX
	MOVQ AX, BX
	ORQ inApostrophes-56(SP), BX
	JZ noapostrophes // like most
	VMOVQ AX, X12
	VPCLMULQDQ $0, ones<>(SB), X12, X12
	VMOVQ X12, DI
	XORQ inApostrophes-56(SP), DI
	MOVQ DI, BX
	SARQ $63, BX
	MOVQ BX, inApostrophes-56(SP)
	ORQ DI, R13
	ANDQ R11, DI
	ORQ DI, R14 // odd: a double quote between apostrophes
	ORQ AX, R11

noapostrophes:
	MOVQ DX, AX
	ANDQ R12, AX
	ANDQ R13, AX
	ORQ AX, R14 // odd: ">" in quotes

	// R15 = outside quotes; R13 = opening quotes, R11 = closing ones
	ANDNQ R12, R13, R15
	ANDQ R11, R13
	ANDQ R15, R11

	// DI = "=" outside quotes
	FIND(EQUALS, DI)
	ANDQ R15, DI
	MOVQ DI, R12
	NEXT(R12, afterEquals-32(SP))
	XORQ R12, R13
	ORQ R13, R14 // odd: one of "=" and a quote without the other

	// R13 = where elements' names begin; AX = "/" but that of "</"
	MOVQ heads-104(SP), R13
	FIND(SLASH, AX)
	MOVQ R13, R12
	ANDQ AX, R12
	ANDNQ R13, AX, R13
	XORQ R12, AX
	NEXT(R12, afterSlash-24(SP))
	ORQ R12, R13

	// AX = what stands between attributes
	SPACES(R12)
	ORQ R12, AX

	// R12 = where elements' names end
	MOVQ AX, R12
	ORQ DI, R12
	ORQ DX, R12
	NOTQ R12
	MOVQ R13, DX
	ANDQ R12, DX
	RUN(R12, DX, inName-8(SP))
	ANDQ DI, R12
	ORQ R12, R14 // odd: at "="

	// AX = where attributes' names begin, and what stands between them
	ANDQ R15, AX
	ORQ R11, AX
	NEXT(AX, afterGap-40(SP))
	ANDQ AX, DI
	ORQ DI, R14 // odd: with "="

	MOVQ R11, DX
	NOTQ DX
	NAMES(R11, R12, DI)
	ANDNQ R13, R11, R13
	ORQ R13, R14 // odd: an element's name
	ANDQ AX, DI
	ANDNQ AX, R12, AX
	ORQ AX, R14 // odd: an attribute's name

	// R15 = from the name style up to a closing quote
	MOVQ DI, R15
	ORQ inStyle-64(SP), R15
	JZ nostyle // like most
	MOVQ DI, R15
	ANDQ DX, R15
	RUN(R15, DX, inStyle-64(SP))
	XORQ DX, R15
	ORQ DI, R15
	FETCHES(R11)
	ANDQ R11, R15
	ORQ R15, R14 // odd: a style that may fetch something

nostyle:
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

#define CONST(name, bytes) DATA name<>+0(SB)/8, bytes; \
	DATA name<>+8(SB)/8, bytes; \
	DATA name<>+16(SB)/8, bytes; \
	DATA name<>+24(SB)/8, bytes; \
	GLOBL name<>(SB), RODATA|NOPTR, $32

CONST(less, $0x3C3C3C3C3C3C3C3C)
CONST(greater, $0x3E3E3E3E3E3E3E3E)
CONST(quote, $0x2222222222222222)
CONST(apostrophe, $0x2727272727272727)
CONST(bang, $0x2121212121212121)
CONST(equals, $0x3D3D3D3D3D3D3D3D)
CONST(slash, $0x2F2F2F2F2F2F2F2F)
CONST(case, $0x2020202020202020)
CONST(first, $0x1F1F1F1F1F1F1F1F) // added to "a" makes -128, the lowest of signed bytes
CONST(letters, $0x9A9A9A9A9A9A9A9A) // 26 more than that
CONST(dash, $0x2D2D2D2D2D2D2D2D)
CONST(others, $0x7F7F7F7F7F7F7F7F) // all groups of names but that of style
CONST(nibble, $0x0F0F0F0F0F0F0F0F)
CONST(ones, $-1)

// Space, tab, newline, form feed and carriage return, each at the place that its low four bits
// tell, and at the other places what is not looked for there.
DATA space<>+0(SB)/8, $0xFFFFFFFFFFFFFF20
DATA space<>+8(SB)/8, $0x00FF0D0CFF0A09FF
GLOBL space<>(SB), RODATA|NOPTR, $16

// The same for "&", "(" and a backslash.
DATA fetch<>+0(SB)/8, $0xFF26FFFFFFFFFFFF
DATA fetch<>+8(SB)/8, $0xFFFFFF5CFFFFFF28
GLOBL fetch<>(SB), RODATA|NOPTR, $16
