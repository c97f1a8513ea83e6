// Package ledger is the form of records of consent, and what makes them proof.
//
// A [Record] says what was decided, on which notice and when, in the terms of
// ISO/IEC TS 27560, and nothing of the person who decided. Records are written
// as canonical JSON (RFC 8785) and chained: the hash of each covers the one
// before it, so that none can be changed, taken out or moved without breaking
// all that follow. A [Statement], signed with Ed25519 and kept elsewhere, says how
// far the chain had come and what it was; it finds an end that was cut off, and
// stands for records that were pruned.
//
// The visitor alone holds the [ReceiptID] of a record. The ledger holds only its
// hash, so that nobody can go from a record to a visitor.
//
// The package is pure: it does no I/O, and time is a parameter.
package ledger
