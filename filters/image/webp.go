package image

import "encoding/binary"

// webp walks the chunks of a WebP file (RFC 9649, section 2). The length of the
// file stands at its front, so that what goes is overwritten in its place.
type webp struct {
	begun    bool
	end      int64 // of what the header counts
	frameEnd int64 // of the frame of an animation whose chunks come
	padding  int64 // comes first
}

const riffHeader = 8

func (w *webp) next(r *reader) error {
	if !w.begun {
		w.begun = true
		w.end = riffHeader + int64(binary.LittleEndian.Uint32(r.peek(riffHeader)[4:]))
		r.pass(riffHeader + 4)
		return nil
	}
	if w.padding > 0 {
		r.pass(w.padding)
		w.padding = 0
		return nil
	}
	if r.pos >= w.end {
		if r.available() {
			r.policy.took(Trailer)
		}
		r.drop(rest)
		return nil
	}
	head := r.peek(riffHeader)
	if len(head) == 0 {
		return r.ended
	}
	if len(head) < riffHeader {
		return r.short()
	}
	n := int64(binary.LittleEndian.Uint32(head[4:]))
	end := r.pos + riffHeader + n
	padded := end + n&1
	limit := w.end
	if r.pos < w.frameEnd {
		limit = w.frameEnd
	}
	if end > limit {
		return r.malformed("length of a RIFF chunk")
	}
	padded = min(padded, limit)
	switch string(head[:4]) {
	case "VP8 ", "VP8L", "VP8X", "ALPH", "ANIM", "ICCP":
		r.pass(padded - r.pos)
	case "ANMF":
		const frame = 16
		if n < frame || w.frameEnd > r.pos {
			return r.malformed("WebP frame")
		}
		w.frameEnd = padded
		r.pass(riffHeader + frame)
	case "EXIF":
		return r.blankExif(riffHeader, padded-r.pos)
	case "XMP ":
		w.padding = padded - end
		return r.blankXMP(riffHeader, end-r.pos)
	default:
		return r.blank(Other, riffHeader, padded-r.pos)
	}
	return nil
}
