package module

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// callKey signs the erasure calls to one partner, which holds the same key. It
// is derived from one of the gateway's and is of no use for anything else.
type callKey struct {
	ID  string
	Key []byte
}

// callKeys derives a partner's keys, the newest first.
func callKeys(keys [][]byte, partner string) []callKey {
	derived := make([]callKey, len(keys))
	use := "erasures " + partner
	for i, key := range keys {
		derived[i] = callKey{keyID(key, use), derive(key, use)}
	}
	return derived
}

// covered are the parts of a call that its signature covers (RFC 9421 section
// 2): a call can't be changed, sent to another address, or sent again much later.
var covered = []string{"@method", "@target-uri", "date", "content-digest"}

// sign puts the headers Date, Content-Digest (RFC 9530) and a signature with
// HMAC-SHA-256 (RFC 9421 section 3.3.3) on a call.
func (k callKey) sign(r *http.Request, body []byte, now time.Time) {
	digest := sha256.Sum256(body)
	r.Header.Set("Date", now.UTC().Format(http.TimeFormat))
	r.Header.Set("Content-Digest", "sha-256=:"+base64.StdEncoding.EncodeToString(digest[:])+":")
	parameters := fmt.Sprintf(`("%s");created=%d;keyid="%s";alg="hmac-sha256"`,
		strings.Join(covered, `" "`), now.Unix(), k.ID)
	mac := hmac.New(sha256.New, k.Key)
	mac.Write([]byte(signatureBase(r, parameters)))
	r.Header.Set("Signature-Input", "fairway="+parameters)
	r.Header.Set("Signature", "fairway=:"+base64.StdEncoding.EncodeToString(mac.Sum(nil))+":")
}

// signatureBase is the text that is signed (RFC 9421 section 2.5).
func signatureBase(r *http.Request, parameters string) string {
	var b strings.Builder
	for _, name := range covered {
		value := r.Header.Get(name)
		switch name {
		case "@method":
			value = r.Method
		case "@target-uri":
			value = r.URL.String()
		}
		fmt.Fprintf(&b, "%q: %s\n", name, value)
	}
	b.WriteString(`"@signature-params": ` + parameters)
	return b.String()
}
