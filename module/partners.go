package module

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"path"
	"slices"
	"strings"

	"github.com/fairwaygate/fairway/filters/body"
	"github.com/fairwaygate/fairway/filters/catalogue"
	"github.com/fairwaygate/fairway/filters/consent"
)

// blankImage is the smallest GIF there is: one transparent pixel, 43 bytes.
const blankImage = "GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff!\xf9\x04\x01\x00\x00\x00\x00,\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;"

// answerBeacon answers in a partner's place what must not reach it.
func (x *exchange) answerBeacon(p *party) { x.answerBeaconTo(x.w, p) }

func (x *exchange) answerBeaconTo(w http.ResponseWriter, p *party) {
	x.site.beaconRequest(p.name)
	if x.gateway.app.onlooker != nil {
		x.gateway.app.onlooker.refuses(p)
	}
	h := w.Header()
	h.Set("Cache-Control", "no-store")
	if !x.wantsImage() {
		w.WriteHeader(http.StatusNoContent)
		return
	}
	h.Set("Content-Type", "image/gif")
	h.Set("Content-Length", "43")
	w.WriteHeader(http.StatusOK)
	if x.r.Method != http.MethodHead {
		_, _ = w.Write([]byte(blankImage))
	}
}

// proxied returns the known tracker to whose endpoint a request on the site's own
// host goes; nil when it goes to none. What the policy exempts is the storefront's
// own, whatever it looks like.
func (x *exchange) proxied() *party {
	if x.exempt {
		return nil
	}
	found, ok := x.rules.endpoints.Match(x.path, x.r.URL.RawQuery, x.beginningOfBody)
	if !ok {
		return nil
	}
	return x.rules.proxies[proxy{found.Partner, found.Purpose}]
}

// beginningMax is how much of a body tells what a request is, in bytes.
const beginningMax = 8 << 10

// beginningOfBody reads ahead in the request's body and returns what that says
// without its content codings. Nothing of the body is lost. What can't be decoded
// says nothing.
func (x *exchange) beginningOfBody() []byte {
	r := x.r
	if r.Body == nil || r.Body == http.NoBody {
		return nil
	}
	undo, err := codingsOf(r.Header)
	if err != nil {
		return nil
	}
	var read bytes.Buffer
	_, err = io.CopyN(&read, r.Body, beginningMax)
	rest := io.Reader(r.Body)
	if err != nil {
		rest = failing{err}
	}
	r.Body = struct {
		io.Reader
		io.Closer
	}{io.MultiReader(bytes.NewReader(read.Bytes()), rest), r.Body}
	if len(undo) == 0 {
		return read.Bytes()
	}
	return decodedBeginning(read.Bytes(), undo)
}

// decodedBeginning undoes codings of the beginning of a body, as far as it goes.
func decodedBeginning(read []byte, undo []coding) []byte {
	plain, err := body.Decode(bytes.NewReader(read), bodyCodings(undo))
	if err != nil {
		return nil
	}
	defer plain.Close()
	text := make([]byte, beginningMax)
	n, _ := io.ReadFull(plain, text) // the end is missing mostly
	return text[:n]
}

// failing says once more how a body ended.
type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

// proxy is a tracker that the storefront may serve under its own name.
type proxy struct {
	partner string
	purpose consent.Purpose
}

// compileEndpoints lists the known trackers' endpoints. Whoever runs one declares
// the partner of that name, and with it what it is for.
func (r *rules) compileEndpoints() error {
	known := catalogue.BuiltinEndpoints()
	r.proxies = make(map[proxy]*party)
	for _, e := range known {
		p := &party{name: e.Partner, purpose: e.Purpose}
		if other, ok := r.parties[e.Partner]; ok {
			if p.country = other.country; other.declared != nil {
				p = other
			}
		}
		r.proxies[proxy{e.Partner, e.Purpose}] = p
	}
	var err error
	r.endpoints, err = catalogue.NewEndpoints(known)
	return err
}

// wantsImage reports whether a request is for an image, as a beacon in HTML is.
func (x *exchange) wantsImage() bool {
	switch strings.ToLower(path.Ext(x.path)) {
	case ".gif", ".png", ".jpg", ".jpeg", ".webp":
		return true
	}
	return x.r.Header.Get("Sec-Fetch-Dest") == "image" || strings.HasPrefix(x.r.Header.Get("Accept"), "image/")
}

// errPath says that the path of a request for a partner names somebody. Without a
// part of it the path would be another one.
var errPath = errors.New("the path names somebody")

// narrow makes a request one for a partner: whatever identifies the visitor stays in
// the house, and of queries and bodies only the declared fields go out. The response is
// judged by the request as it was.
func (x *exchange) narrow(r *http.Request, p *party) error {
	x.partner = p
	for segment := range strings.SplitSeq(r.URL.EscapedPath(), "/") {
		if namesSomebody(segment) {
			return errPath
		}
	}
	was := *r
	r.Header = make(http.Header, len(partnerHeaders))
	for name, values := range was.Header {
		if partnerHeaders[name] {
			r.Header[name] = slices.Clone(values)
		}
	}
	r.Trailer = nil
	r.Header["User-Agent"] = []string{""} // else a transport names itself
	r.RemoteAddr = "0.0.0.0:0"
	x.r = r
	x.replaceQuery(p.receives.Query(r.URL.RawQuery))
	err := x.filterBody(p.receives)
	x.r = &was
	return err
}

// partnerHeaders are the headers that a partner needs to read a request. All
// others may tell of the visitor, and what follows an upgrade anything.
var partnerHeaders = map[string]bool{
	"Accept": true, "Accept-Encoding": true, "Content-Type": true, "Content-Encoding": true, "Content-Length": true,
	"Cache-Control": true, "Expect": true, "Connection": true, "Te": true,
}
