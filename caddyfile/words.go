package caddyfile

import (
	"fmt"
	"slices"
	"strings"
)

// oneOf is a value that is one of the given words.
func oneOf(words ...string) value[string] {
	return value[string]{
		problem:  "unknown word",
		expected: alternatives(words),
		read:     func(word string) (string, bool) { return word, slices.Contains(words, word) },
		meant:    func(wrong string) string { return nearest(wrong, words) },
	}
}

// alternatives writes words as people list them: "a", "a or b", "one of a, b, c".
func alternatives(words []string) string {
	switch len(words) {
	case 1:
		return words[0]
	case 2:
		return words[0] + " or " + words[1]
	default:
		return "one of " + strings.Join(words, ", ")
	}
}

// didYouMean ends an error message with the word that was probably meant.
func didYouMean(word string) string {
	if word == "" {
		return ""
	}
	return fmt.Sprintf("; did you mean %q?", word)
}

// nearest is the one of words that wrong is a slip of; "" if none is near.
func nearest(wrong string, words []string) string {
	best, least := "", max(1, len(wrong)/3)+1
	for _, word := range words {
		if d := distance(strings.ToLower(wrong), strings.ToLower(word)); d < least {
			best, least = word, d
		}
	}
	return best
}

// distance counts the bytes to insert, delete, replace or swap with the next to
// get from a to b (optimal string alignment).
func distance(a, b string) int {
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := range len(a) {
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			row[j+1] = min(last[j]+cost, last[j+1]+1, row[j]+1)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(b)]
}
