package image

// gif walks the blocks of a GIF file (GIF89a specification, sections 17 to 27).
type gif struct {
	begun, over bool
	blocks      bool // data sub-blocks come
	dropping    bool // and go
}

// Block labels.
const (
	gifExtension   = 0x21
	gifImage       = 0x2c
	gifTrailer     = 0x3b
	gifPlainText   = 0x01
	gifControl     = 0xf9
	gifComment     = 0xfe
	gifApplication = 0xff
)

func (g *gif) next(r *reader) error {
	switch {
	case g.over:
		if r.available() {
			r.policy.took(Trailer)
		}
		r.drop(rest)
		return nil
	case !g.begun:
		g.begun = true
		return g.screen(r)
	case g.blocks:
		return g.subBlocks(r)
	}
	b := r.peek(1)
	if len(b) == 0 {
		return r.ended
	}
	switch b[0] {
	case gifTrailer:
		g.over = true
		r.pass(1)
		return nil
	case gifImage:
		return g.image(r)
	case gifExtension:
		return g.extension(r)
	}
	// Browsers show what came before, as if the file ended here.
	g.over = true
	r.fill(1, string(rune(gifTrailer)), 0)
	return nil
}

// colours returns the size of the table of colours that flags announce.
func colours(flags byte) int64 {
	if flags&0x80 == 0 {
		return 0
	}
	return 3 << (1 + flags&7)
}

func (g *gif) screen(r *reader) error {
	const n = 6 + 7
	b, err := r.hold(n)
	if err != nil {
		return err
	}
	r.pass(n + colours(b[10]))
	return nil
}

func (g *gif) image(r *reader) error {
	const n = 10
	b, err := r.hold(n)
	if err != nil {
		return err
	}
	g.blocks, g.dropping = true, false
	r.pass(n + colours(b[9]) + 1) // and the size of the codes
	return nil
}

// extension judges an extension. Its first sub-block tells whose it is.
func (g *gif) extension(r *reader) error {
	const head, name = 3, 11
	b := r.peek(head + name)
	if len(b) < head {
		return r.short()
	}
	kind := Other
	switch b[1] {
	case gifControl, gifPlainText:
		kind = harmless
	case gifComment:
		kind = Text
	case gifApplication:
		if len(b) < head+name {
			return r.short()
		}
		if b[2] == name {
			kind = applicationKind(string(b[head:]))
		}
	}
	g.blocks, g.dropping = true, kind != harmless
	if g.dropping {
		r.policy.took(kind)
		r.drop(2)
	} else {
		r.pass(2)
	}
	return nil
}

// applicationKind tells what an application extension holds by its identifier
// and authentication code.
func applicationKind(name string) Kind {
	switch name {
	case "NETSCAPE2.0", "ANIMEXTS1.0", "ICCRGBG1012": // loops, colour profile
		return harmless
	case "XMP DataXMP":
		return XMP
	case "MGK8BIM0000":
		return IPTC
	}
	return Other
}

// subBlocks takes the data sub-blocks that lie in the window.
func (g *gif) subBlocks(r *reader) error {
	b := r.window(1)
	if len(b) == 0 {
		return r.short()
	}
	n := 0
	for n < len(b) && g.blocks {
		g.blocks = b[n] != 0
		n += 1 + int(b[n])
	}
	if g.dropping {
		r.drop(int64(n))
	} else {
		r.pass(int64(n))
	}
	return nil
}
