package image

// container is what encloses a box. A box means something only within another.
type container uint8

const (
	file        container = iota
	movie                 // moov
	track                 // trak
	media                 // mdia
	information           // minf
	sampleTable           // stbl
	fragment              // moof, traf
	userData              // udta
	metadata              // meta with keys or a list of items
	itemList              // ilst
	jp2Header             // jp2h
)

// action is what is done with a box.
type action uint8

const (
	takeOut       action = iota // make free space of it
	letPass                     // as it is
	pad                         // is free space: only zeros may be in it
	enter                       // judge what is in it
	enterMeta                   // the same for meta
	enterTrack                  // trak
	enterFragment               // moof
	enterPart                   // traf
	defaults                    // mvex
	references                  // tref
	coded                       // pictures and sound
	brands                      // ftyp
	handler                     // hdlr of a track
	samples                     // stsd
	keys                        // keys
	exif                        // Exif of JPEG XL
	xmp                         // xml of JPEG XL and JPEG 2000
	places                      // gps of dashboard cameras
	refuse                      // can't be judged
)

// verdict is what becomes of a box.
type verdict struct {
	action    action
	kind      Kind
	container container
}

// User types of boxes "uuid": XMP (ISO 16684-3) and Exif in JPEG 2000.
const (
	exifUserType = "JpgTiffExif->JP2"
	xmpUserType  = "\xbe\x7a\xcf\xcb\x97\xa9\x42\xe8\x9c\x71\x99\x94\x91\xe3\xaf\xac"
)

var (
	passing = verdict{action: letPass}
	padding = verdict{action: pad}
)

func entering(c container) verdict { return verdict{action: enter, container: c} }

func takingOut(k Kind) verdict { return verdict{action: takeOut, kind: k} }

// judge tells what becomes of a box. What isn't listed is taken out.
func judge(within container, name string) verdict {
	switch name {
	case "free", "skip", "wide":
		return padding
	case "udta":
		if within != userData && within != itemList {
			return entering(userData)
		}
	case "meta":
		if within != metadata && within != itemList {
			return verdict{action: enterMeta}
		}
	}
	switch within {
	case file:
		return judgeFile(name)
	case movie:
		switch name {
		case "mvhd", "iods", "pssh", "clip", "ctab":
			return passing
		case "mvex":
			return verdict{action: defaults}
		case "trak":
			return verdict{action: enterTrack}
		case "gps ":
			return verdict{action: places}
		case "cmov": // a compressed moov
			return verdict{action: refuse}
		}
	case track:
		switch name {
		case "tref":
			return verdict{action: references}
		case "tkhd", "edts", "load", "tapt", "clip", "matt", "trgr":
			return passing
		case "mdia":
			return entering(media)
		}
	case media:
		switch name {
		case "mdhd", "elng":
			return passing
		case "hdlr":
			return verdict{action: handler}
		case "minf":
			return entering(information)
		}
	case information:
		switch name {
		case "vmhd", "smhd", "hmhd", "nmhd", "sthd", "gmhd", "dinf", "hdlr":
			return passing
		case "stbl":
			return entering(sampleTable)
		}
	case sampleTable:
		switch name {
		case "stts", "ctts", "cslg", "stsc", "stsz", "stz2", "stco", "co64", "stss", "stsh", "stps", "padb", "stdp",
			"sdtp", "sbgp", "sgpd", "subs", "saiz", "saio", "senc":
			return passing
		case "stsd":
			return verdict{action: samples}
		}
	case fragment:
		switch name {
		case "mfhd", "tfhd", "tfdt", "trun", "sbgp", "sgpd", "subs", "saiz", "saio", "senc", "pssh":
			return passing
		case "traf":
			return verdict{action: enterPart}
		}
	case metadata:
		switch name {
		case "hdlr":
			return passing
		case "keys":
			return verdict{action: keys}
		case "ilst":
			return entering(itemList)
		case "iloc", "iinf": // an index of items outside a file of pictures
			return verdict{action: refuse}
		}
	case jp2Header: // ISO/IEC 15444-1, section I.5.3
		switch name {
		case "ihdr", "bpcc", "colr", "pclr", "cmap", "cdef", "res ":
			return passing
		}
	case userData:
		return takingOut(userDataKind(name))
	}
	return takingOut(Other)
}

// judgeFile judges what stands in no other box.
func judgeFile(name string) verdict {
	switch name {
	case "ftyp", "styp":
		return verdict{action: brands}
	case "moov":
		return entering(movie)
	case "moof":
		return verdict{action: enterFragment}
	case "mdat", "idat", "imda", "jp2c", "jxlc", "jxlp":
		return verdict{action: coded}
	case "sidx", "ssix", "prft", "pdin", "mfra",
		"jP  ", "JXL ", "jxll", "jxli":
		return passing
	case "jp2h":
		return entering(jp2Header)
	case "Exif":
		return verdict{action: exif}
	case "xml ":
		return verdict{action: xmp}
	case "pnot", "PICT", "pict":
		return takingOut(Preview)
	}
	return takingOut(Other)
}

// userDataKind knows the user data of QuickTime, of 3GPP (TS 26.244, clause 8)
// and of cameras.
func userDataKind(name string) Kind {
	switch name {
	case "LOOP", "SelO", "AllF", "WLOC", "kind", "tsel", "strk", "hnti", "hinf", "ludt", "ptv ":
		return harmless
	case "\xa9xyz", "loci", "\xa9gps", "gps ", "GPS ", "GPMF", "@xyz":
		return Place
	case "\xa9mak", "\xa9mod", "\xa9swr", "\xa9too", "\xa9mdl", "manu", "modl", "FIRM", "@mak", "@mod", "@swr":
		return Model
	case "\xa9aut", "\xa9ART", "\xa9art", "\xa9dir", "\xa9enc", "\xa9prd", "\xa9cpy", "\xa9wrt", "auth", "perf", "cprt", "aART":
		return Owner
	case "\xa9sno", "slno", "SNum", "CAME", "MUID", "LENS":
		return Serial
	case "titl", "dscp", "gnre", "albm", "yrrc", "name", "desc", "\xa9nam", "\xa9cmt", "\xa9des", "\xa9inf":
		return Text
	case "XMP_":
		return XMP
	case "MMA ", "TAGS", "MVTG", "CNMN", "CNTH", "NCDT", "PENT", "PXMN", "SDLN", "INFO", "FOVd":
		return MakerNote
	case "thmb", "thma", "covr":
		return Preview
	}
	return Other
}
