package module

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"sync/atomic"
	"time"

	"github.com/fairwaygate/fairway/filters/visit"
)

// tokens seals the minute in which a page was loaded, so that a beacon can't
// claim a longer stay. All pages of a minute have the same token.
type tokens struct {
	key []byte

	last atomic.Pointer[minted]
}

// minted is the answer to a page that was loaded in a minute: its token, in JSON.
type minted struct {
	minute visit.Token
	answer []byte
}

const tokenBytes = 8 + 16

// answer returns the token of the present minute, in JSON.
func (t *tokens) answer(now time.Time) []byte {
	minute := visit.TokenAt(now)
	last := t.last.Load()
	if last == nil || last.minute != minute {
		text := base64.RawURLEncoding.EncodeToString(t.seal(minute))
		last = &minted{minute, []byte(`{"token":"` + text + "\"}\n")}
		t.last.Store(last)
	}
	return last.answer
}

func (t *tokens) seal(minute visit.Token) []byte {
	sealed := binary.BigEndian.AppendUint64(nil, uint64(minute))
	mac := hmac.New(sha256.New, t.key)
	mac.Write(sealed)
	return mac.Sum(sealed)[:tokenBytes]
}

// open returns the minute of a token.
func (t *tokens) open(text string) visit.Token {
	if text == "" {
		return visit.NoToken
	}
	sealed, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil || len(sealed) != tokenBytes {
		return visit.ForgedToken
	}
	minute := visit.Token(binary.BigEndian.Uint64(sealed))
	if minute <= 0 || !hmac.Equal(sealed, t.seal(minute)) {
		return visit.ForgedToken
	}
	return minute
}
