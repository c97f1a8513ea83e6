package pages

import (
	"embed"
	"html/template"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/text/language"
	"golang.org/x/text/language/display"
)

//go:embed templates/*.html
var templates embed.FS

// deviceItems are the purposes that stand for a permission of the device. They
// are asked one by one, apart from the uses of data.
var deviceItems = []string{"location", "camera", "microphone", "photos", "contacts"}

// parse prepares the templates in one language.
func (p *Pages) parse(lang Lang) (*template.Template, error) {
	regions := display.Regions(language.Make(string(lang)))
	country := func(code string) string {
		if region, err := language.ParseRegion(code); err == nil && regions != nil {
			if name := regions.Name(region); name != "" {
				return name
			}
		}
		return code
	}
	called := func(name string, known []Purpose) string {
		for _, x := range known {
			if x.Name == name {
				return p.languages.title(lang, name, x.Title)
			}
		}
		return p.languages.title(lang, name, "")
	}
	return template.New("").Funcs(template.FuncMap{
		"t": func(key string, values ...string) (string, error) {
			return p.languages.text(lang, key, values...)
		},
		"title":    func(x Purpose) string { return p.languages.title(lang, x.Name, x.Title) },
		"about":    func(x Purpose) string { return p.languages.purpose(lang, x.Name, "description", x.Description) },
		"called":   called,
		"lifetime": func(length string) (string, error) { return p.languages.lifetime(lang, length) },
		"country":  country,
		"change": func(c Change, known []Purpose) (string, error) {
			d := describer{p.languages, lang, country, func(name string) string { return called(name, known) }}
			return d.change(c)
		},
		"noticeTitle": func(n Notice) (string, error) { return p.languages.noticeTitle(lang, n) },
		"langName":    func(l Lang) (string, error) { return p.languages.text(l, "lang.name") },
		"device":      func(all []Purpose) []Purpose { return choose(all, true) },
		"uses":        func(all []Purpose) []Purpose { return choose(all, false) },
		"isDevice":    func(name string) bool { return slices.Contains(deviceItems, name) },
		"item":        func(d *page, x Purpose) item { return item{d, x} },
		"reach":       reach,
		"version":     func(name string) string { return "policy/" + url.PathEscape(name) },
		"sameIn":      sameIn,
		"href":        p.href,
	}).ParseFS(templates, "templates/*.html")
}

// choose returns the purposes that are permissions of the device, or the others.
func choose(all []Purpose, device bool) []Purpose {
	var chosen []Purpose
	for _, x := range all {
		if slices.Contains(deviceItems, x.Name) == device {
			chosen = append(chosen, x)
		}
	}
	return chosen
}

// lifetime writes a length of time such as 13mo in words. What it can't read
// stays as it is.
func (l *languages) lifetime(lang Lang, length string) (string, error) {
	switch length {
	case "":
		return l.text(lang, "lifetime.site")
	case "session", "0", "0s":
		return l.text(lang, "lifetime.session")
	}
	unit := strings.TrimLeft(length, "0123456789")
	number, err := strconv.Atoi(strings.TrimSuffix(length, unit))
	if err != nil {
		return length, nil //nolint:nilerr // what can't be read stays as it is
	}
	form := "other"
	if number == 1 {
		form = "one"
	}
	words, err := l.text(lang, "lifetime."+unit+"."+form, strconv.Itoa(number))
	if err != nil {
		return length, nil //nolint:nilerr // what can't be read stays as it is
	}
	return words, nil
}

// reach turns a declared contact into a link's target. html/template lets only
// harmless schemes through.
func reach(contact string) string {
	if strings.Contains(contact, "@") && !strings.Contains(contact, "/") && !strings.Contains(contact, ":") {
		return "mailto:" + contact
	}
	if strings.HasPrefix(contact, "https://") || strings.HasPrefix(contact, "http://") {
		return contact
	}
	return ""
}

// href is the address of one of the pages, which keeps the language and the way
// back.
func (p *Pages) href(page string, lang Lang, back string) string {
	return p.prefix + "/" + page + "?" + query(lang, back).Encode()
}

// sameIn is the address of a page in another language.
func sameIn(d *page, lang Lang) string {
	values := query(lang, d.Return)
	if d.Request.Known {
		values.Set("ref", d.Request.Reference)
	}
	return "?" + values.Encode()
}

func query(lang Lang, back string) url.Values {
	values := url.Values{"lang": {string(lang)}}
	if back != "" {
		values.Set("return", back)
	}
	return values
}

// item is one purpose on a page.
type item struct {
	Page    *page
	Purpose Purpose
}
