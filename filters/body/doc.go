// Package body takes identifiers and places out of request bodies as they
// stream, unless the visitor agreed, and lets only declared fields through to a
// partner.
//
// [Filter] wraps a body in a reader that judges JSON (RFC 8259), newline-delimited
// JSON, application/x-www-form-urlencoded, text/plain beacons, multipart/form-data
// (RFC 7578), and requests and mails in its parts. Other types pass unchanged, but never
// towards a partner. What has no consent is dropped, hashed or coarsened in the raw
// bytes, as package identifier decides; every other byte stays as it was. A member that
// goes takes one comma along, a parameter one separator, a part its header.
//
// Memory is bounded whatever a body holds: tokens are judged one by one, and a
// string or a file of any length passes through. A body that can't be read
// without doubt is not passed on: reading it ends in [ErrMalformed],
// [ErrTooLarge] or [ErrUnsupported].
//
// [Recode] does the same under content codings that the caller knows how to undo.
package body
