package module

import (
	"crypto/aes"
	"crypto/cipher"
	"encoding/hex"
	"encoding/json"
	"errors"
)

// safe encrypts what people write in a request: AES-256-GCM with a random nonce
// (NIST SP 800-38D), under a key that is derived from the newest of the
// gateway's. Each of those keys has an id that stands beside what it sealed, so
// that the others go on opening after a new one was made.
type safe struct {
	keys []safeKey // the first seals, all open
}

type safeKey struct {
	id   string
	aead cipher.AEAD
}

var errSealed = errors.New("sealed under a key that is not there, or damaged")

// newSafe takes the gateway's keys, the newest first.
func newSafe(keys [][]byte) (*safe, error) {
	s := new(safe)
	for _, key := range keys {
		block, err := aes.NewCipher(derive(key, "requests"))
		if err != nil {
			return nil, err
		}
		aead, err := cipher.NewGCMWithRandomNonce(block)
		if err != nil {
			return nil, err
		}
		s.keys = append(s.keys, safeKey{keyID(key, "requests"), aead})
	}
	return s, nil
}

// keyID names a key in one use without telling anything of it.
func keyID(key []byte, use string) string { return hex.EncodeToString(derive(key, use+" id")[:8]) }

// newest is the id of the key that seals.
func (s *safe) newest() string { return s.keys[0].id }

// seal encrypts the words of a request. They can't be moved to another one.
func (s *safe) seal(r *Request, w *words) error {
	plain, err := json.Marshal(w)
	if err != nil {
		return err
	}
	r.KeyID = s.newest()
	r.Sealed = s.keys[0].aead.Seal(nil, nil, plain, []byte(r.ID)) //nolint:gosec // the AEAD draws its nonce itself
	return nil
}

// open decrypts the words of a request. Without a safe, or once they were
// removed, there are none.
func (s *safe) open(r *Request) (words, error) {
	var w words
	if r.Sealed == nil {
		return w, nil
	}
	if s == nil {
		return w, errSealed
	}
	for _, key := range s.keys {
		if key.id != r.KeyID {
			continue
		}
		plain, err := key.aead.Open(nil, nil, r.Sealed, []byte(r.ID))
		if err != nil {
			return w, errSealed
		}
		return w, json.Unmarshal(plain, &w)
	}
	return w, errSealed
}

// words are what is written in a request.
type words struct {
	Contact string `json:"contact"`
	Message string `json:"message,omitempty"`
	Answer  string `json:"answer,omitempty"`
}
