// Package page takes third parties out of HTML, of CSS, of SVG and other XML, and
// of speculation rules while they stream. What follows is about HTML; for the others see [Format].
//
// A [Rewriter] reads the raw bytes of a document as a browser's tokenizer would
// (WHATWG HTML, section 13.2), asks a [Judge] about every URL that a browser
// would fetch by itself and about every inline script, and takes out what is
// denied. All other bytes are passed on as they came: nothing is parsed and
// printed anew.
//
// The element stays, so that layout and DOM keep their shape; its URL goes.
// A denied attribute src="URL" becomes data-consent-src="BASE64", and the tag
// gets data-consent="PURPOSE" as its first attribute, so that a script of the
// page's own can bring it back once that purpose is granted. A denied script
// also gets type="text/plain", and the text of an inline one goes into
// data-consent-text="BASE64"; where it is long it stays, and never runs.
//
// What a tree builder makes of a tag can change how the bytes after it are
// read: the content of style is text in HTML and markup in SVG. The package
// follows svg, math, select, template and noscript as far as well-formed pages
// need, and where it can't be certain it gives up following: from there to the
// end of the document every "<" and letter is taken for a tag, which covers all
// readings. Text that looks like a tracker's tag may then be altered too; a
// fetch is not missed.
//
// Most tags say nothing of that kind, and a CPU with the instructions for it passes
// over them 64 bytes at a time.
//
// A Rewriter holds at most [MaxHeld] bytes of the document, gives the same
// result however the input is cut into chunks, and in steady state allocates
// nothing.
//
// Limits. What a script builds at run time is beyond a filter of markup: a
// Content-Security-Policy holds that. Statements by which a framework hands a
// page's data to its code, and scripts that only assign literals and variables to variables,
// are not judged by what they mention. In a doubtful region, a tag longer than
// MaxHeld is followed in one reading only, and only the first MaxHeld bytes of
// an inline script or style are judged. A list (srcset, ping, srcdoc) longer
// than MaxHeld is taken out unread. A page that makes the same bytes be read
// over and over gets such tags broken ("&lt;"), so that work stays bounded. A
// host with non-ASCII letters, in a page that is not UTF-8, is denied.
package page
