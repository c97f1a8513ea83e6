package module

import (
	"bytes"
	"strings"
	"text/tabwriter"
)

// aligned puts cells that tabs divide below each other, without blanks at the ends
// of lines.
func aligned(rows string) string {
	var b bytes.Buffer
	table := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	_, _ = table.Write([]byte(rows)) // a buffer takes all
	_ = table.Flush()
	var out strings.Builder
	for row := range strings.Lines(b.String()) {
		out.WriteString(strings.TrimRight(row, " \n") + "\n")
	}
	return out.String()
}
