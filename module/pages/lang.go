package pages

import (
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"golang.org/x/text/language"
)

// Lang is the language of a page: the BCP 47 tag of a catalogue, such as "en" or "zh".
type Lang string

// English is the language of last resort. Its catalogue has every text.
const English Lang = "en"

// rightToLeft lists the scripts (ISO 15924) in use that run from right to left.
var rightToLeft = []string{"Adlm", "Arab", "Hebr", "Mand", "Nkoo", "Rohg", "Samr", "Syrc", "Thaa", "Yezi"}

// Dir is the language's direction as HTML names it: "ltr" or "rtl".
func (l Lang) Dir() string {
	script, _ := language.Make(string(l)).Script()
	if slices.Contains(rightToLeft, script.String()) {
		return "rtl"
	}
	return "ltr"
}

//go:embed catalogue/*.json
var catalogues embed.FS

// languages holds the texts in every language.
type languages struct {
	list    []Lang // English first, then by name
	matcher language.Matcher
	texts   map[Lang]texts
}

// texts are the words of one language. Overridden ones also win over what a
// policy declares, so that a policy's own titles can be translated.
type texts struct {
	all, overridden map[string]string
}

// loadLanguages reads the built-in catalogues and those of override.
func loadLanguages(override fs.FS) (*languages, error) {
	l := &languages{texts: make(map[Lang]texts)}
	builtin, err := readCatalogues(catalogues, "catalogue")
	if err != nil {
		return nil, err
	}
	overrides := make(map[Lang]map[string]string)
	if override != nil {
		if overrides, err = readCatalogues(override, "."); err != nil {
			return nil, err
		}
	}
	english := builtin[English]
	add := func(lang Lang) {
		all := make(map[string]string, len(english))
		for key, text := range english {
			all[key] = text
		}
		for _, words := range []map[string]string{builtin[lang], overrides[lang]} {
			for key, text := range words {
				all[key] = text
			}
		}
		l.texts[lang] = texts{all, overrides[lang]}
	}
	for lang := range builtin {
		add(lang)
	}
	for lang, words := range overrides {
		for key := range words {
			if strings.HasPrefix(key, "purpose.") {
				continue
			}
			original, known := english[key]
			if !known {
				return nil, fmt.Errorf("%s.json: unknown text %q", lang, key)
			}
			if holes := strings.Count(original, "{}"); strings.Count(words[key], "{}") != holes {
				return nil, fmt.Errorf("%s.json: text %q: expected {} %d times", lang, key, holes)
			}
		}
		add(lang)
	}
	l.index()
	return l, nil
}

// index orders the languages and prepares the matching.
func (l *languages) index() {
	for lang := range l.texts {
		l.list = append(l.list, lang)
	}
	slices.SortFunc(l.list, func(a, b Lang) int {
		if (a == English) != (b == English) {
			if a == English {
				return -1
			}
			return 1
		}
		return strings.Compare(string(a), string(b))
	})
	tags := make([]language.Tag, len(l.list))
	for i, lang := range l.list {
		tags[i] = language.Make(string(lang))
	}
	l.matcher = language.NewMatcher(tags)
}

// readCatalogues reads every LANG.json in a folder.
func readCatalogues(files fs.FS, folder string) (map[Lang]map[string]string, error) {
	names, err := fs.Glob(files, path.Join(folder, "*.json"))
	if err != nil {
		return nil, err
	}
	found := make(map[Lang]map[string]string, len(names))
	for _, name := range names {
		tag, err := language.Parse(strings.TrimSuffix(path.Base(name), ".json"))
		if err != nil {
			return nil, fmt.Errorf("%s: the name is not a language: %w", name, err)
		}
		data, err := fs.ReadFile(files, name)
		if err != nil {
			return nil, err
		}
		var words map[string]string
		if err := json.Unmarshal(data, &words); err != nil {
			return nil, fmt.Errorf("%s: expected an object of texts: %w", name, err)
		}
		found[Lang(tag.String())] = words
	}
	return found, nil
}

// known returns lang when there is a catalogue for it, else English.
func (l *languages) known(lang Lang) Lang {
	if _, ok := l.texts[lang]; ok {
		return lang
	}
	return English
}

// text returns the words of key with "{}" replaced by each of the values in turn.
func (l *languages) text(lang Lang, key string, values ...string) (string, error) {
	text, ok := l.texts[lang].all[key]
	if !ok {
		return "", errors.New("no text " + key)
	}
	for _, value := range values {
		before, after, found := strings.Cut(text, "{}")
		if !found {
			return "", fmt.Errorf("text %s in %s: expected {} for %q", key, lang, value)
		}
		text = before + value + after
	}
	return text, nil
}

// purpose returns a text of a purpose: as a file overrides it in this language,
// as the policy declares it, or as it is built in, in that order.
func (l *languages) purpose(lang Lang, name, part, declared string) string {
	key := "purpose." + name + "." + part
	if text := l.texts[lang].overridden[key]; text != "" {
		return text
	}
	if declared != "" {
		return declared
	}
	return l.texts[lang].all[key]
}

// title returns the title of a purpose; its name when there is none.
func (l *languages) title(lang Lang, name, declared string) string {
	if title := l.purpose(lang, name, "title", declared); title != "" {
		return title
	}
	return name
}

// Negotiate chooses the language of a page: the one that the visitor asked for
// (the lang parameter of the query), else the best for Accept-Language (RFC 9110
// section 12.5.4, matched as CLDR does), else English.
func (p *Pages) Negotiate(acceptLanguage, query string) Lang {
	for _, wanted := range []string{query, acceptLanguage} {
		// A list this long is not a person's, and costs time to match.
		if wanted == "" || len(wanted) > 512 {
			continue
		}
		tags, _, err := language.ParseAcceptLanguage(wanted)
		if err != nil || len(tags) == 0 {
			continue
		}
		if _, i, confidence := p.languages.matcher.Match(tags...); confidence != language.No {
			return p.languages.list[i]
		}
	}
	return English
}

// Languages lists the languages that there are pages in, English first.
func (p *Pages) Languages() []Lang { return slices.Clone(p.languages.list) }
