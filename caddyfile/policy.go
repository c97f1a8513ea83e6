package caddyfile

import (
	"github.com/fairwaygate/fairway/filters/consent"
	"github.com/fairwaygate/fairway/module"
)

// parsePolicies parses a version of the policy:
//
//	policy <version> {
//	    effective  <date>
//	    controller <text>
//	    contact    <e-mail address or URL>
//	    text       <file>
//	    archive    <folder>
//	    renew      <time>
//	}
func parsePolicies(to *[]module.Policy) func(line) error {
	seen := make(places)
	return func(l line) (err error) {
		var p module.Policy
		if p.Version, err = version.first(&l); err != nil {
			return err
		}
		if err := seen.add(l, l.args()[0], p.Version); err != nil {
			return err
		}
		err = l.options(2,
			once("effective", one(&p.Effective, date)),
			once("controller", one(&p.Controller, text)),
			once("contact", one(&p.Contact, contact)),
			once("text", one(&p.Text, file)),
			once("archive", one(&p.Archive, file)),
			once("renew", one(&p.Renew, renewal)),
		)
		*to = append(*to, p)
		return err
	}
}

// parsePurposes parses a purpose:
//
//	purpose <name> {
//	    title       <text>
//	    description <text>
//	    clause      <clause>
//	}
func parsePurposes(to *[]module.Purpose) func(line) error {
	seen := make(places)
	return func(l line) (err error) {
		var p module.Purpose
		if p.Name, err = purposeName.first(&l); err != nil {
			return err
		}
		if err := seen.add(l, l.args()[0], p.Name); err != nil {
			return err
		}
		names := []string{p.Name}
		for _, other := range *to {
			names = append(names, other.Name)
		}
		if _, err := consent.NewVocabulary(names...); err != nil {
			return l.errf(l.args()[0], "too many purposes: expected at most %d", consent.MaxPurposes)
		}
		err = l.options(2,
			once("title", one(&p.Title, text)),
			once("description", one(&p.Description, text)),
			once("clause", one(&p.Clause, text)),
		)
		*to = append(*to, p)
		return err
	}
}

// purposeName is the name of a purpose that is declared. The words that a cookie
// line can hold after its purpose would make such a line read in two ways.
var purposeName = value[string]{
	problem:  "bad name",
	expected: "a name of lower-case letters, digits and hyphens that begins with a letter, other than secure and httponly",
	read: func(word string) (string, bool) {
		_, err := consent.NewVocabulary(word)
		return word, err == nil && !isModifier(word)
	},
}

// newPurposes returns the value that is a known purpose: built in, or declared
// anywhere in the block.
func newPurposes(block []line) value[string] {
	builtin, _ := consent.NewVocabulary() // fails on declared names only
	words := builtin.Names(builtin.All())
	known := oneOf(words...)
	for _, l := range block {
		if l.name().Text == "purpose" && len(l.args()) > 0 {
			words = append(words, l.args()[0].Text)
		}
	}
	purposes := oneOf(words...)
	purposes.problem = "unknown purpose"
	purposes.expected = known.expected + `, or a purpose declared with "purpose"`
	return purposes
}
