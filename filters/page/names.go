package page

// A name of a tag or an attribute is looked up by its key: its lower-case bytes
// packed into a word, or mixed into one when there are more than eight.

type tagName uint8

const (
	tagOther tagName = iota
	tagA
	tagAnimate
	tagApplet
	tagArea
	tagAudio
	tagBase
	tagBody
	tagCol
	tagEmbed
	tagFeImage
	tagFont
	tagFrame
	tagFrameset
	tagHead
	tagHTML
	tagIframe
	tagImage
	tagImg
	tagInput
	tagLink
	tagMath
	tagMeta
	tagNoscript
	tagObject
	tagOption
	tagP
	tagBr
	tagPlaintext
	tagPortal
	tagScript
	tagSelect
	tagSource
	tagStyle
	tagSVG
	tagTable
	tagTemplate
	tagText
	tagTrack
	tagUse
	tagVideo
	tagXMLStylesheet // a processing instruction
	tagCount
)

type tagFlags uint16

const (
	voidTag     tagFlags = 1 << iota // has no end tag
	rawTag                           // switches the tokenizer in HTML
	dualTag                          // raw, or markup, depending on who reads
	breakoutTag                      // leaves foreign content
	tableTag                         // moves the stack of open elements
	htmlPoint                        // in SVG, its content is HTML
	mathPoint                        // in MathML, its content is HTML
	oddTag                           // foreign content rules of its own
	selectTag                        // at home in select
	treeTag                          // changes how what follows is read
)

type tagEntry struct {
	name  string
	id    tagName
	flags tagFlags
}

var tagList = []tagEntry{
	{"a", tagA, 0}, {"animate", tagAnimate, 0}, {"annotation-xml", tagOther, oddTag}, {"applet", tagApplet, 0},
	{"area", tagArea, voidTag}, {"audio", tagAudio, 0}, {"b", tagOther, breakoutTag}, {"base", tagBase, voidTag},
	{"basefont", tagOther, voidTag}, {"bgsound", tagOther, voidTag}, {"big", tagOther, breakoutTag},
	{"blockquote", tagOther, breakoutTag}, {"body", tagBody, breakoutTag | tableTag}, {"br", tagBr, breakoutTag | voidTag},
	{"caption", tagOther, tableTag}, {"center", tagOther, breakoutTag}, {"code", tagOther, breakoutTag},
	{"col", tagCol, voidTag | tableTag}, {"colgroup", tagCol, tableTag}, {"dd", tagOther, breakoutTag},
	{"desc", tagOther, htmlPoint}, {"div", tagOther, breakoutTag}, {"dl", tagOther, breakoutTag},
	{"dt", tagOther, breakoutTag}, {"em", tagOther, breakoutTag}, {"embed", tagEmbed, voidTag | breakoutTag},
	{"feimage", tagFeImage, 0}, {"fencedframe", tagPortal, 0}, {"font", tagFont, 0}, {"foreignobject", tagOther, htmlPoint},
	{"frame", tagFrame, voidTag | tableTag}, {"frameset", tagFrameset, tableTag | treeTag}, {"h1", tagOther, breakoutTag},
	{"h2", tagOther, breakoutTag}, {"h3", tagOther, breakoutTag}, {"h4", tagOther, breakoutTag},
	{"h5", tagOther, breakoutTag}, {"h6", tagOther, breakoutTag}, {"head", tagHead, breakoutTag | tableTag},
	{"hr", tagOther, voidTag | breakoutTag | selectTag}, {"html", tagHTML, tableTag}, {"i", tagOther, breakoutTag},
	{"iframe", tagIframe, dualTag}, {"image", tagImage, voidTag}, {"img", tagImg, voidTag | breakoutTag},
	{"input", tagInput, voidTag}, {"keygen", tagInput, voidTag}, {"li", tagOther, breakoutTag}, {"link", tagLink, voidTag},
	{"listing", tagOther, breakoutTag}, {"malignmark", tagOther, oddTag}, {"math", tagMath, treeTag},
	{"menu", tagOther, breakoutTag}, {"meta", tagMeta, voidTag | breakoutTag}, {"mglyph", tagOther, oddTag},
	{"mi", tagOther, mathPoint}, {"mn", tagOther, mathPoint}, {"mo", tagOther, mathPoint}, {"ms", tagOther, mathPoint},
	{"mtext", tagOther, mathPoint}, {"nobr", tagOther, breakoutTag}, {"noembed", tagNoscript, dualTag},
	{"noframes", tagNoscript, dualTag}, {"noscript", tagNoscript, dualTag}, {"object", tagObject, 0},
	{"ol", tagOther, breakoutTag}, {"optgroup", tagOption, selectTag}, {"option", tagOption, selectTag},
	{"p", tagP, breakoutTag}, {"param", tagOther, voidTag}, {"plaintext", tagPlaintext, treeTag}, {"portal", tagPortal, 0},
	{"pre", tagOther, breakoutTag}, {"ruby", tagOther, breakoutTag}, {"s", tagOther, breakoutTag},
	{"script", tagScript, rawTag | selectTag}, {"select", tagSelect, selectTag | treeTag}, {"set", tagAnimate, 0},
	{"small", tagOther, breakoutTag}, {"source", tagSource, voidTag}, {"span", tagOther, breakoutTag},
	{"strike", tagOther, breakoutTag}, {"strong", tagOther, breakoutTag}, {"style", tagStyle, rawTag},
	{"sub", tagOther, breakoutTag}, {"sup", tagOther, breakoutTag}, {"svg", tagSVG, treeTag},
	{"table", tagTable, breakoutTag | tableTag}, {"tbody", tagTable, tableTag}, {"td", tagTable, tableTag},
	{"template", tagTemplate, treeTag}, {"textarea", tagText, rawTag}, {"tfoot", tagTable, tableTag},
	{"th", tagTable, tableTag}, {"thead", tagTable, tableTag}, {"title", tagText, rawTag | htmlPoint},
	{"tr", tagTable, tableTag}, {"track", tagTrack, voidTag}, {"tt", tagOther, breakoutTag}, {"u", tagOther, breakoutTag},
	{"ul", tagOther, breakoutTag}, {"use", tagUse, 0}, {"var", tagOther, breakoutTag}, {"video", tagVideo, 0},
	{"wbr", tagOther, voidTag}, {"xmp", tagNoscript, dualTag}, {"?xml-stylesheet", tagXMLStylesheet, 0},
}

type attrName uint8

const (
	attrNone attrName = iota
	attrArchive
	attrAttributionSrc
	attrBackground
	attrCharset
	attrCode
	attrCodebase
	attrColor
	attrContent
	attrData
	attrFace
	attrFrom
	attrHandler // on...
	attrHref
	attrHTTPEquiv
	attrImagesrcset
	attrIntegrity
	attrLowsrc
	attrPaint // a presentation attribute that takes url()
	attrPing
	attrPoster
	attrRel
	attrSize
	attrSrc
	attrSrcdoc
	attrSrcset
	attrStyle
	attrTo
	attrType
	attrValues
	attrXlinkHref
	attrXMLBase
)

type attrEntry struct {
	name string
	id   attrName
}

var attrList = []attrEntry{
	{"archive", attrArchive}, {"attributionsrc", attrAttributionSrc}, {"background", attrBackground},
	{"charset", attrCharset}, {"clip-path", attrPaint}, {"code", attrCode}, {"codebase", attrCodebase},
	{"color", attrColor}, {"content", attrContent}, {"cursor", attrPaint}, {"data", attrData}, {"face", attrFace},
	{"fill", attrPaint}, {"filter", attrPaint}, {"from", attrFrom}, {"href", attrHref}, {"http-equiv", attrHTTPEquiv},
	{"imagesrcset", attrImagesrcset}, {"integrity", attrIntegrity}, {"lowsrc", attrLowsrc}, {"marker-end", attrPaint},
	{"marker-mid", attrPaint}, {"marker-start", attrPaint}, {"mask", attrPaint}, {"ping", attrPing},
	{"poster", attrPoster}, {"rel", attrRel}, {"size", attrSize}, {"src", attrSrc}, {"srcdoc", attrSrcdoc},
	{"srcset", attrSrcset}, {"stroke", attrPaint}, {"style", attrStyle}, {"to", attrTo}, {"type", attrType},
	{"values", attrValues}, {"xlink:href", attrXlinkHref}, {"xml:base", attrXMLBase},
}

// wanted tells, by tag, which attributes matter, as bits by attrName.
var wanted = func() (w [tagCount]uint64) {
	set := func(ids ...attrName) (s uint64) {
		for _, id := range ids {
			s |= 1 << id
		}
		return s
	}
	for id := range w {
		w[id] = set(attrStyle, attrHandler, attrBackground, attrPaint, attrXlinkHref, attrHref, attrAttributionSrc, attrXMLBase)
	}
	w[tagA] = set(attrStyle, attrHandler, attrPing, attrAttributionSrc)
	w[tagArea] = w[tagA]
	for id, more := range map[tagName]uint64{
		tagAnimate: set(attrTo, attrFrom, attrValues),
		tagApplet:  set(attrArchive, attrCode, attrCodebase),
		tagAudio:   set(attrSrc),
		tagEmbed:   set(attrSrc),
		tagFont:    set(attrColor, attrFace, attrSize),
		tagFrame:   set(attrSrc),
		tagIframe:  set(attrSrc, attrSrcdoc),
		tagImage:   set(attrSrc, attrSrcset, attrLowsrc),
		tagImg:     set(attrSrc, attrSrcset, attrLowsrc),
		tagInput:   set(attrSrc, attrType),
		tagLink:    set(attrRel, attrImagesrcset, attrIntegrity, attrCharset),
		tagMeta:    set(attrCharset, attrContent, attrHTTPEquiv),
		tagObject:  set(attrArchive, attrCode, attrCodebase, attrData),
		tagPortal:  set(attrSrc),
		tagScript:  set(attrSrc, attrType),
		tagStyle:   set(attrType),
		tagSource:  set(attrSrc, attrSrcset),
		tagTrack:   set(attrSrc),
		tagVideo:   set(attrSrc, attrPoster),

		tagXMLStylesheet: set(attrHref, attrType, attrCharset),
	} {
		w[id] |= more
	}
	return w
}()

const (
	tableBits = 9
	hashMul   = 0x9E3779B97F4A7C15
	mixMul    = 0x100000001B3
)

// nameTable is an open-addressed table of names.
type nameTable [1 << tableBits]nameEntry

// nameEntry is what a name means: an id, and a tag's flags. The zero value is
// what all names mean that are in no table.
type nameEntry struct {
	key   uint64
	name  string
	id    uint8
	flags tagFlags
}

func (t *nameTable) add(e nameEntry) {
	e.key = keyOf([]byte(e.name))
	i := slotOf(e.key)
	for t[i].name != "" {
		i = nextSlot(i)
	}
	t[i] = e
}

// find returns the entry of a name that has that key.
func (t *nameTable) find(name []byte, key uint64) *nameEntry {
	i := slotOf(key)
	for {
		e := &t[i]
		if e.key == key && len(e.name) == len(name) && (len(name) <= 8 || equalFold(name, e.name)) || e.name == "" {
			return e
		}
		i = nextSlot(i)
	}
}

func slotOf(key uint64) uint64 { return key * hashMul >> (64 - tableBits) }

func nextSlot(i uint64) uint64 { return (i + 1) & (1<<tableBits - 1) }

var tags = func() *nameTable {
	t := new(nameTable)
	for _, e := range tagList {
		t.add(nameEntry{name: e.name, id: uint8(e.id), flags: e.flags})
	}
	return t
}()

var attrs = func() *nameTable {
	t := new(nameTable)
	for _, e := range attrList {
		t.add(nameEntry{name: e.name, id: uint8(e.id)})
	}
	return t
}()

// keyOf returns the key of a name. The lexer computes the same on its way.
func keyOf(name []byte) uint64 {
	var key uint64
	for i, c := range name {
		key = addKey(key, i, lower[c])
	}
	return key
}

// addKey adds the i-th byte of a name to its key.
func addKey(key uint64, i int, c byte) uint64 {
	if i < 8 {
		return key<<8 | uint64(c)
	}
	return (key ^ uint64(c)) * mixMul
}

func lookupTag(name []byte, key uint64) (tagName, tagFlags) {
	e := tags.find(name, key)
	return tagName(e.id), e.flags
}

// lookupAttr returns the attribute of that name, or attrNone where it does not
// matter for that tag.
func lookupAttr(name []byte, tag tagName) attrName {
	id := attrName(attrs.find(name, keyOf(name)).id)
	if id == attrNone && len(name) > 2 && hasPrefixFold(name, "on") && isLetter(name[2]) {
		id = attrHandler
	}
	if wanted[tag]>>id&1 == 0 {
		return attrNone
	}
	return id
}

// sieve lets the names of a set through, and few others: bits by length, for each
// first letter. Most attributes of most tags don't get through.
type sieve [32]uint32

func (s *sieve) add(first byte, length int) { s[first&31] |= 1 << min(length, 31) }

func (s *sieve) holds(name []byte) bool {
	return s[name[0]&31]>>min(len(name), 31)&1 == 1
}

// sieves let the names of the attributes through that matter, by tag.
var sieves = func() (s [tagCount]sieve) {
	for tag := range s {
		for _, e := range attrList {
			if wanted[tag]>>e.id&1 == 1 {
				s[tag].add(e.name[0], len(e.name))
			}
		}
		for n := len("on") + 1; n < 32; n++ {
			s[tag].add('o', n)
		}
	}
	return s
}()

// equalFold compares ignoring ASCII case alone; s is lower-case.
func equalFold(b []byte, s string) bool {
	if len(b) != len(s) {
		return false
	}
	for i, c := range b {
		if lower[c] != s[i] {
			return false
		}
	}
	return true
}

func hasPrefixFold(b []byte, s string) bool {
	return len(b) >= len(s) && equalFold(b[:len(s)], s)
}

func appendLower(dst, b []byte) []byte {
	for _, c := range b {
		dst = append(dst, lower[c])
	}
	return dst
}

var lower = func() (t [256]byte) {
	for c := range t {
		t[c] = byte(c)
		if c >= 'A' && c <= 'Z' {
			t[c] |= 0x20
		}
	}
	return t
}()

func isLetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }

// isSpace tells ASCII whitespace (WHATWG Infra, section 4.6). Carriage returns
// are normalised to newlines before tokenization.
func isSpace(c byte) bool { return c == ' ' || c == '\n' || c == '\t' || c == '\r' || c == '\f' }
