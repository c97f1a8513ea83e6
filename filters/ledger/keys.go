package ledger

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"maps"
	"slices"

	"github.com/go-json-experiment/json"
)

// Signer signs with an Ed25519 key (RFC 8032).
type Signer struct {
	key ed25519.PrivateKey
	jwk JWK
}

// NewSigner makes the signer of a secret of 32 bytes.
func NewSigner(seed []byte) (Signer, error) {
	if len(seed) != ed25519.SeedSize {
		return Signer{}, fmt.Errorf("a signing key has %d bytes, not %d", ed25519.SeedSize, len(seed))
	}
	key := ed25519.NewKeyFromSeed(seed)
	return Signer{key, newJWK(key.Public().(ed25519.PublicKey))}, nil
}

// Key returns the public key.
func (s Signer) Key() JWK { return s.jwk }

// JWK is an Ed25519 public key as a JSON Web Key (RFC 7517, RFC 8037). Its id is
// its thumbprint (RFC 7638).
type JWK struct {
	Algorithm string `json:"alg"` // EdDSA
	Curve     string `json:"crv"` // Ed25519
	ID        string `json:"kid"`
	Type      string `json:"kty"` // OKP
	Use       string `json:"use"` // sig
	X         string `json:"x"`   // the key, base64url
}

func newJWK(key ed25519.PublicKey) JWK {
	x := base64.RawURLEncoding.EncodeToString(key)
	print := sha256.Sum256([]byte(`{"crv":"Ed25519","kty":"OKP","x":"` + x + `"}`))
	return JWK{"EdDSA", "Ed25519", base64.RawURLEncoding.EncodeToString(print[:]), "OKP", "sig", x}
}

// public returns the key itself.
func (k JWK) public() (ed25519.PublicKey, error) {
	x, err := base64.RawURLEncoding.Strict().DecodeString(k.X)
	if err != nil || len(x) != ed25519.PublicKeySize || k.Type != "OKP" || k.Curve != "Ed25519" {
		return nil, fmt.Errorf("key %q: expected a public Ed25519 key (kty OKP, crv Ed25519)", k.ID)
	}
	return x, nil
}

// KeySet is a set of public keys by id. In JSON it is a JWK Set (RFC 7517
// section 5).
type KeySet map[string]JWK

// NewKeySet returns the set of the given keys.
func NewKeySet(keys ...JWK) KeySet {
	set := make(KeySet, len(keys))
	for _, key := range keys {
		set[key.ID] = key
	}
	return set
}

// List returns the keys ordered by id.
func (s KeySet) List() []JWK {
	keys := make([]JWK, 0, len(s))
	for _, id := range slices.Sorted(maps.Keys(s)) {
		keys = append(keys, s[id])
	}
	return keys
}

type jwkSet struct {
	Keys []JWK `json:"keys"`
}

// MarshalJSON writes the keys, ordered by id.
func (s KeySet) MarshalJSON() ([]byte, error) { return canonical(jwkSet{s.List()}) }

// UnmarshalJSON reads a JWK Set. A key's id must be its thumbprint.
func (s *KeySet) UnmarshalJSON(data []byte) error {
	var set jwkSet
	if err := json.Unmarshal(data, &set); err != nil {
		return err
	}
	*s = make(KeySet, len(set.Keys))
	for _, key := range set.Keys {
		public, err := key.public()
		if err != nil {
			return err
		}
		if found := newJWK(public); key.ID != found.ID {
			return fmt.Errorf("key %q: expected its thumbprint %s as its id", key.ID, found.ID)
		}
		(*s)[key.ID] = newJWK(public)
	}
	return nil
}
