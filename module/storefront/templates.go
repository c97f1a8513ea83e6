package storefront

import (
	"embed"
	"html/template"
	"strings"
)

//go:embed templates
var templateFiles embed.FS

// parsePages reads the templates. Each page completes the base with its own content.
func parsePages(trackers Trackers) map[string]*template.Template {
	base := template.Must(template.New("").Funcs(template.FuncMap{
		"snippet": snippets(trackers),
		"list":    func(products []product, lang string) shelf { return shelf{products, lang} },
		"host":    func(host, path string) template.URL { return template.URL(trackers.URL(host, path)) },
	}).ParseFS(templateFiles, "templates/base.html", "templates/parts.html"))
	pages := make(map[string]*template.Template)
	entries, err := templateFiles.ReadDir("templates")
	if err != nil {
		panic(err) // the templates are part of the program
	}
	for _, e := range entries {
		name := strings.TrimSuffix(e.Name(), ".html")
		if name == "base" || name == "parts" {
			continue
		}
		pages[name] = template.Must(template.Must(base.Clone()).ParseFS(templateFiles, "templates/"+e.Name()))
	}
	return pages
}

// shelf is a list of products and the language to show it in.
type shelf struct {
	List []product
	Lang string
}
