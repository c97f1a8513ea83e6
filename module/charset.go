package module

import (
	"bytes"
	"net/http"
	"regexp"
	"strings"

	htmlcharset "golang.org/x/net/html/charset"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/unicode"

	"github.com/fairwaygate/fairway/filters/page"
)

// sniffed is how many bytes of a body tell its encoding (WHATWG HTML, section 13.2.3.2).
const sniffed = 1024

// recoded returns the encoding of that label when bodies in it are made UTF-8 before they are
// filtered, since their bytes may be anything; else nil.
func recoded(label string) encoding.Encoding {
	switch strings.ToLower(strings.TrimSpace(label)) {
	case "utf-16be", "unicodefffe":
		return unicode.UTF16(unicode.BigEndian, unicode.UseBOM)
	case "utf-16", "utf-16le", "unicode", "unicodefeff", "csunicode", "ucs-2", "iso-10646-ucs-2":
		return unicode.UTF16(unicode.LittleEndian, unicode.UseBOM)
	case "iso-2022-jp", "csiso2022jp":
		return japanese.ISO2022JP
	}
	return nil
}

// recodedByBody is [recoded] for what a body says of itself, by its first bytes: with a mark,
// which outweighs all else, or, where no charset came with it that browsers know, in a
// declaration. UTF-16 can't be declared.
func recodedByBody(charset string, head []byte) encoding.Encoding {
	if mark := page.SniffBOM(head); mark != "" {
		return recoded(mark)
	}
	if _, err := htmlindex.Get(charset); err == nil || !bytes.Contains(head, []byte("2022")) { // as in nearly all
		return nil
	}
	if declared := bodyDeclaration.FindSubmatch(head); declared != nil {
		if e := recoded(string(declared[1])); e == japanese.ISO2022JP {
			return e
		}
	}
	if e, name, _ := htmlcharset.DetermineEncoding(head, ""); name == "iso-2022-jp" {
		return e
	}
	return nil
}

// bodyDeclaration is that of XML (section 2.8), which counts in HTML too, or of a style sheet (CSS
// Syntax, section 3.2).
var bodyDeclaration = regexp.MustCompile(`^(?:<\?xml[^>]*encoding\s*=\s*["']|@charset ")([^"']+)`)

// setCharset makes the charset that of the last media type, and drops all others; one that
// browsers don't know is left out.
func setCharset(h http.Header, label string) {
	media := mediaTypes(h)
	if len(media) == 0 {
		return
	}
	value := media[len(media)-1].name
	if _, err := htmlindex.Get(label); err == nil {
		value += "; charset=" + label
	}
	h.Set("Content-Type", value)
}
