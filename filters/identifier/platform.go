package identifier

import "strings"

// platform is a family of platforms: how it is recognised in a comment, and how
// it is written, in a native app's comment and in a browser's.
type platform struct {
	marks  []string // any of them, case-sensitive
	family string   // what a native app's comment becomes
	full   string   // what a browser's comment becomes
	gecko  string   // the same for Firefox, before its "rv:"
}

// platforms in the order in which they are tried: a Windows phone also claims to
// be an Android, a Chromebook to be X11. The written forms are those to which
// Chromium and Firefox froze their own.
var platforms = []platform{
	{[]string{"Windows Phone"}, "Windows Phone", "Windows Phone 10.0", ""},
	{[]string{"iPad"}, "iPad", "iPad; CPU OS %_0 like Mac OS X", ""},
	{[]string{"iPhone", "iPod"}, "iPhone", "iPhone; CPU iPhone OS %_0 like Mac OS X", ""},
	{[]string{"OpenHarmony"}, "OpenHarmony", "Phone; OpenHarmony", ""},
	{[]string{"Android"}, "Android", "Linux; Android 10; K", "Android 10"},
	{[]string{"Windows"}, "Windows", "Windows NT 10.0; Win64; x64", "Windows NT 10.0; Win64; x64"},
	{[]string{"CrOS"}, "CrOS", "X11; CrOS x86_64 14541.0.0", ""},
	{[]string{"Tizen"}, "Tizen", "SMART-TV; Tizen", ""},
	{[]string{"Web0S", "webOS"}, "Web0S", "Web0S; Linux/SmartTV", ""},
	{[]string{"PlayStation"}, "PlayStation", "PlayStation", ""},
	{[]string{"Nintendo"}, "Nintendo", "Nintendo", ""},
	{[]string{"iOS"}, "iOS", "iPhone; CPU iPhone OS %_0 like Mac OS X", ""},
	{[]string{"Macintosh", "Mac OS X", "macOS", "Mac_PowerPC"}, "Macintosh", "Macintosh; Intel Mac OS X 10_15_7", "Macintosh; Intel Mac OS X 10.15"},
	{[]string{"linux-gnu"}, "linux-gnu", "X11; Linux x86_64", "X11; Linux x86_64"},
	{[]string{"X11", "Linux", "BSD"}, "Linux", "X11; Linux x86_64", "X11; Linux x86_64"},
	{[]string{"J2ME"}, "J2ME/MIDP", "J2ME/MIDP", ""},
	{[]string{"Mobile;"}, "Mobile", "Mobile", "Mobile"}, // Firefox OS and what came of it
}

// appendPlatform appends a comment reduced to the family of platforms that it
// speaks of, or nothing when it speaks of none.
func appendPlatform(out []byte, comment string, browser bool) []byte {
	p, ok := platformOf(comment)
	if !ok {
		return out
	}
	out = append(out, '(')
	if !browser {
		return append(append(out, p.family...), ')')
	}
	msie := numberAfter(comment, "MSIE ")
	rv := numberAfter(comment, "rv:")
	if msie != "" {
		out = appendVersion(append(out, "compatible; MSIE "...), msie)
		out = append(out, "; "...)
	}
	text := p.full
	if rv != "" && p.gecko != "" {
		text = p.gecko
	}
	if before, after, versioned := strings.Cut(text, "%"); versioned {
		if major := numberAfter(comment, "OS "); major != "" {
			out = append(append(append(out, before...), major...), after...)
		} else {
			out = append(out, p.family...)
		}
	} else {
		out = append(out, text...)
	}
	if p.family == "Android" {
		switch {
		case rv != "" && strings.Contains(comment, "Tablet"):
			out = append(out, "; Tablet"...)
		case rv != "":
			out = append(out, "; Mobile"...)
		case strings.Contains(comment, "; wv"):
			out = append(out, "; wv"...)
		}
	}
	if trident := numberAfter(comment, "Trident/"); trident != "" {
		out = appendVersion(append(out, "; Trident/"...), trident)
	}
	if rv != "" {
		out = appendVersion(append(out, "; rv:"...), rv)
	}
	return append(out, ')')
}

func appendVersion(out []byte, major string) []byte {
	return append(append(out, major...), ".0"...)
}

func platformOf(comment string) (platform, bool) {
	for _, p := range platforms {
		for _, mark := range p.marks {
			if strings.Contains(comment, mark) {
				return p, true
			}
		}
	}
	return platform{}, false
}

// numberAfter returns the number of at most three digits that follows a mark, or
// nothing.
func numberAfter(text, mark string) string {
	i := strings.Index(text, mark)
	if i < 0 {
		return ""
	}
	text = text[i+len(mark):]
	n := 0
	for n < len(text) && isDigit(text[n]) {
		n++
	}
	if n > 3 {
		return ""
	}
	return text[:n]
}
