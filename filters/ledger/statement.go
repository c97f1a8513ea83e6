package ledger

import (
	"bytes"
	"errors"
	"fmt"
	"time"

	"github.com/go-json-experiment/json"
)

// StatementType is what a statement says.
type StatementType string

// The types of a statement.
const (
	Checkpoint StatementType = "checkpoint" // the chain had come so far
	Pruned     StatementType = "pruned"     // it began anew behind here
	KeyList    StatementType = "keys"       // these keys have signed before
)

// Statement is a signed word about a chain. It is kept away from the records, one
// on a line.
type Statement struct {
	Type     StatementType `json:"type"`
	Chain    string        `json:"chain"`
	Sequence uint64        `json:"sequence"`
	Hash     Hash          `json:"hash"`
	Time     time.Time     `json:"time"`

	// Pruned: only events before this time were removed.
	Before time.Time `json:"before,omitzero"`

	// KeyList: the keys.
	Keys []JWK `json:"keys,omitempty"`

	Signature string `json:"signature,omitempty"`
}

// NewStatement returns a statement of a chain that had come to head at a time.
func NewStatement(typ StatementType, chain string, head Head, at time.Time) *Statement {
	return &Statement{Type: typ, Chain: chain, Sequence: head.Sequence, Hash: head.Hash, Time: at.UTC().Truncate(time.Second)}
}

// Head is the head of the chain at the time of the statement.
func (s *Statement) Head() Head { return Head{s.Sequence, s.Hash} }

// Sign signs the statement and returns it in its canonical form, a line without
// its end.
func (s *Statement) Sign(with Signer) ([]byte, error) {
	payload, err := s.payload()
	if err != nil {
		return nil, err
	}
	if s.Signature, err = with.sign(payload, typeStatement); err != nil {
		return nil, err
	}
	return canonical(s)
}

// ParseStatement reads what [Statement.Sign] writes and nothing else. The
// signature is not checked.
func ParseStatement(line []byte) (*Statement, error) {
	s := new(Statement)
	if err := json.Unmarshal(line, s, json.RejectUnknownMembers(true)); err != nil {
		return nil, fmt.Errorf("not a statement: %w", err)
	}
	again, err := canonical(s)
	switch {
	case err != nil:
		return nil, err
	case !bytes.Equal(again, line):
		return nil, errors.New("not a statement: the form is not canonical")
	case s.Type != Checkpoint && s.Type != Pruned && s.Type != KeyList:
		return nil, fmt.Errorf("statement: type %q: expected checkpoint, pruned or keys", s.Type)
	}
	return s, nil
}

// Verify checks the signature and returns the id of the key that made it.
func (s *Statement) Verify(keys KeySet) (keyID string, err error) {
	payload, err := s.payload()
	if err != nil {
		return "", err
	}
	return keys.verify(payload, s.Signature, typeStatement)
}

// payload is what is signed: the canonical form without the signature.
func (s *Statement) payload() ([]byte, error) {
	unsigned := *s
	unsigned.Signature = ""
	return canonical(&unsigned)
}
