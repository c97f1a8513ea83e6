package ledger

import (
	"crypto/ed25519"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

	"github.com/go-json-experiment/json"
)

// What a signature is for. It stands in the signature, so that none of one kind
// passes for one of another.
const (
	typeReceipt   = "consent-receipt"
	typeStatement = "ledger-statement"
)

// jwsHeader is the protected header of a signature (RFC 7515 section 4).
type jwsHeader struct {
	Algorithm string `json:"alg"`
	KeyID     string `json:"kid"`
	Type      string `json:"typ"`
}

// sign returns a detached JWS over a payload (RFC 7515 appendix F).
func (s Signer) sign(payload []byte, typ string) (string, error) {
	header, err := canonical(jwsHeader{"EdDSA", s.jwk.ID, typ})
	if err != nil {
		return "", err
	}
	protected := base64.RawURLEncoding.EncodeToString(header)
	signature := ed25519.Sign(s.key, signed(protected, payload))
	return protected + ".." + base64.RawURLEncoding.EncodeToString(signature), nil
}

// signed is what a JWS signs (RFC 7515 section 5.1).
func signed(protected string, payload []byte) []byte {
	text := make([]byte, 0, len(protected)+1+base64.RawURLEncoding.EncodedLen(len(payload)))
	text = append(append(text, protected...), '.')
	return base64.RawURLEncoding.AppendEncode(text, payload)
}

var errSignature = errors.New("the signature is not genuine")

// verify checks a detached JWS and returns the id of the key that made it.
func (s KeySet) verify(payload []byte, signature, typ string) (keyID string, err error) {
	protected, rest, _ := strings.Cut(signature, ".")
	body, encoded, ok := strings.Cut(rest, ".")
	if !ok || body != "" {
		return "", errSignature
	}
	data, err := base64.RawURLEncoding.Strict().DecodeString(protected)
	if err != nil {
		return "", errSignature
	}
	var header jwsHeader
	if err := json.Unmarshal(data, &header, json.RejectUnknownMembers(true)); err != nil || header.Algorithm != "EdDSA" || header.Type != typ {
		return "", errSignature
	}
	key, ok := s[header.KeyID]
	if !ok {
		return "", fmt.Errorf("no key %.50q to check the signature with", header.KeyID)
	}
	public, err := key.public()
	if err != nil {
		return "", err
	}
	made, err := base64.RawURLEncoding.Strict().DecodeString(encoded)
	if err != nil || !ed25519.Verify(public, signed(protected, payload), made) {
		return "", errSignature
	}
	return header.KeyID, nil
}
