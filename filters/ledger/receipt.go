package ledger

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// ReceiptID finds a record. It is 128 random bits that the visitor alone holds;
// as text, 32 hexadecimal digits.
type ReceiptID [16]byte

// String writes the id as text.
func (id ReceiptID) String() string { return hex.EncodeToString(id[:]) }

// ParseReceiptID reads an id in lower case.
func ParseReceiptID(text string) (id ReceiptID, err error) {
	data, err := hex.DecodeString(text)
	if err != nil || len(data) != len(id) || hex.EncodeToString(data) != text {
		return id, fmt.Errorf("%.40q is not the id of a receipt", text)
	}
	return ReceiptID(data), nil
}

// Hash returns the record_id of the receipt's record. There is no way back.
func (id ReceiptID) Hash() Hash {
	return sha256.Sum256(append([]byte("fairway receipt\x00"), id[:]...))
}

// receipt is a record with a signature over its canonical form.
type receipt struct {
	Record
	Signature string `json:"signature"`
}

// Receipt returns a record, given in its canonical form, with the member
// "signature": a detached JWS (RFC 7515 appendix F) whose payload is that form.
// To check it take "signature" out, write the rest as RFC 8785 has it, and verify
// that with the key that the signature's header names.
func Receipt(record []byte, s Signer) ([]byte, error) {
	r, err := ParseRecord(record)
	if err != nil {
		return nil, err
	}
	signature, err := s.sign(record, typeReceipt)
	if err != nil {
		return nil, err
	}
	return canonical(receipt{*r, signature})
}

// VerifyReceipt checks a receipt and returns its record. White space between
// members and their order do not count.
func VerifyReceipt(data []byte, keys KeySet) (*Record, error) {
	text := jsontext.Value(data).Clone()
	var r receipt
	if err := json.Unmarshal(text, &r, json.RejectUnknownMembers(true)); err != nil {
		return nil, fmt.Errorf("not a receipt: %w", err)
	}
	record, err := r.Record.Encode()
	if err != nil {
		return nil, err
	}
	if _, err := keys.verify(record, r.Signature, typeReceipt); err != nil {
		return nil, err
	}
	return &r.Record, nil
}
