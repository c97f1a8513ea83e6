package module

import (
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/fairwaygate/fairway/filters/page"
)

// mechanismWords say which signal decided.
var mechanismWords = map[string]string{
	"default": "nobody has decided, so the regime's default holds",
	"choice":  "the visitor's own choice",
	"gpc":     "Global Privacy Control takes away what it can",
	"tcf":     "the TCF string takes away what it can",
	"gpp":     "the GPP string takes away what it can",
	"minor":   "a minor, without a guardian's consent",
}

// Text writes the explanation as a table.
func (e *Explanation) Text(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n\n", e.Request)
	fmt.Fprintf(&b, "Granted   %s (%s)\n", strings.Join(e.Granted, ", "), mechanismWords[e.Mechanism])
	fmt.Fprintf(&b, "Regime    %s, country %s\n", e.Regime, or(e.Country, "not known"))
	if e.Exempt != "" {
		fmt.Fprintf(&b, "Exempt    identifiers and places pass on this path by clause %s\n", e.Exempt)
	}
	if e.Partner != "" {
		fmt.Fprintf(&b, "Partner   %s\n", e.Partner)
	}
	for _, note := range e.Notes {
		fmt.Fprintf(&b, "Note      %s\n", note)
	}
	if len(e.Items) > 0 {
		b.WriteString("\n" + e.table())
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func (e *Explanation) table() string {
	var rows strings.Builder
	rows.WriteString("IN\tNAME\tVALUE\tVERDICT\tPURPOSE\tWHY\tCLAUSE\n")
	changed := 0
	for i := range e.Items {
		item := &e.Items[i]
		n := max(item.Count, 1)
		if item.changes() && item.Verdict != isAdded {
			changed += n
		}
		in := item.In
		if in == "page" {
			in = item.Kind
		}
		if n > 1 {
			in += " ×" + strconv.Itoa(n)
		}
		fmt.Fprintf(&rows, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", in, item.shown(), size(item), item.Verdict,
			or(item.Purpose, "-"), item.Why, item.Clause)
	}
	return aligned(rows.String()) + fmt.Sprintf(
		"\n%d of %d are taken out or changed. Values are never shown, only how long they are.\n", changed, e.count())
}

// count is how much was judged.
func (e *Explanation) count() (n int) {
	for i := range e.Items {
		if e.Items[i].Verdict != isAdded {
			n += max(e.Items[i].Count, 1)
		}
	}
	return n
}

// shown is the item's name in a table.
func (i *Item) shown() string {
	if i.In == "page" && i.Kind == page.Inline.String() {
		return "(a script)"
	}
	return or(i.Name, "(not shown)")
}

func size(item *Item) string {
	switch {
	case item.Length == 0:
		return "-"
	case item.In == "upload":
		return strconv.Itoa(item.Length) + " bytes"
	case item.Length == 1:
		return "1 char"
	}
	return strconv.Itoa(item.Length) + " chars"
}
