package pages

import "strings"

// Changes are what makes a policy differ from an earlier one.
type Changes struct {
	Version string   `json:"since,omitempty"` // the earlier version, "" when it is not known
	Day     string   `json:"day,omitempty"`   // of the visitor's decision, YYYY-MM-DD
	List    []Change `json:"list"`            // nil when it is not known what has changed
}

// Change is one difference. Kind is as package consent names it.
type Change struct {
	Kind string `json:"change"`
	Name string `json:"name,omitempty"` // of a purpose, a partner or a cookie
	From string `json:"from,omitempty"`
	To   string `json:"to,omitempty"`
}

// describer writes changes for people, in one language.
type describer struct {
	languages *languages
	lang      Lang
	country   func(code string) string
	called    func(purpose string) string
}

func (d *describer) purpose(name string) string {
	if name == "" {
		name = "undeclared"
	}
	return d.called(name)
}

func (d *describer) place(code string) (string, error) {
	if code == "" {
		return d.languages.text(d.lang, "change.nowhere")
	}
	return d.country(code), nil
}

// between writes both values of a change.
func between(c Change, write func(string) (string, error)) ([]string, error) {
	from, err := write(c.From)
	if err != nil {
		return nil, err
	}
	to, err := write(c.To)
	return []string{from, to}, err
}

// change writes a change as one sentence.
func (d *describer) change(c Change) (string, error) {
	key := "change." + c.Kind
	values := []string{c.Name}
	var both []string
	var err error
	switch c.Kind {
	case "purpose-added", "purpose-removed":
		values[0] = d.purpose(c.Name)
	case "partner-added", "cookie-added":
		values = append(values, d.purpose(c.To))
	case "partner-removed", "cookie-removed":
		values = append(values, d.purpose(c.From))
	case "partner-purpose", "cookie-purpose":
		values = append(values, d.purpose(c.From), d.purpose(c.To))
	case "partner-country":
		both, err = between(c, d.place)
	case "home":
		values = nil
		both, err = between(c, d.place)
	case "cookie-lifetime":
		both, err = between(c, func(length string) (string, error) { return d.languages.lifetime(d.lang, length) })
	case "partner-hosts", "partner-receives":
		part, words := ".more", c.To
		if words == "" {
			part, words = ".less", c.From
		}
		key += part
		values = append(values, strings.ReplaceAll(words, " ", ", "))
	}
	if err != nil {
		return "", err
	}
	return d.languages.text(d.lang, key, append(values, both...)...)
}
