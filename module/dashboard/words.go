package dashboard

import "strings"

// words are the names that people see of values that the gateway itself defines.
// Declared names are shown as they are.
var words = map[string]map[string]string{
	"device":     {"mobile": "Phone", "tablet": "Tablet", "desktop": "Desktop", "other": "Other"},
	"referrer":   {"direct": "Direct", "internal": "Own pages", "search": "Search", "social": "Social networks", "other": "Other sites"},
	"registered": {"no": "Not signed in", "yes": "Signed in"},
	"stay": {
		"0-3s": "under 3 s", "3-10s": "3 to 10 s", "10-30s": "10 to 30 s", "30-60s": "30 to 60 s",
		"1-3m": "1 to 3 min", "3-10m": "3 to 10 min", "10-30m": "over 10 min",
	},
	"class":    {"crawler": "Crawlers", "headless": "Headless browsers", "prefetch": "Prefetched pages", "tool": "Command-line tools and libraries"},
	"reason":   {"rate": "too many from one network", "body": "not a beacon's body", "token": "forged or missing token", "old": "token over a day old", "claim": "stay longer than the page's age", "dates": "dates that can't be"},
	"country":  {"other": "Other or unknown"},
	"language": languageNames,
	"route":    {"other": "All other pages"},
	"goal":     {"other": "Undeclared goals"},
	"campaign": {"other": "Undeclared campaigns"},
}

var languageNames = map[string]string{
	"ar": "Arabic", "bn": "Bengali", "cs": "Czech", "da": "Danish", "de": "German", "el": "Greek", "en": "English",
	"es": "Spanish", "fr": "French", "hi": "Hindi", "id": "Indonesian", "it": "Italian", "ja": "Japanese", "ko": "Korean",
	"nl": "Dutch", "pl": "Polish", "pt": "Portuguese", "ru": "Russian", "sv": "Swedish", "th": "Thai", "tr": "Turkish",
	"uk": "Ukrainian", "vi": "Vietnamese", "zh": "Chinese", "other": "Other",
}

// label returns what people see of a value.
func label(kind, name string) string {
	if text, ok := words[kind][name]; ok {
		return text
	}
	return name
}

// dimensionTitle heads the visits by a dimension.
func dimensionTitle(name string) string {
	switch name {
	case "country":
		return "Country"
	case "device":
		return "Device"
	case "referrer":
		return "Came from"
	case "language":
		return "Language"
	case "registered":
		return "Signed in"
	case "route":
		return "First page"
	}
	return title(name)
}

// title begins a declared name or that of a family with a capital: "goal_value"
// becomes "Goal value".
func title(name string) string {
	name = strings.ReplaceAll(name, "_", " ")
	if name == "" {
		return name
	}
	return strings.ToUpper(name[:1]) + name[1:]
}

// tableTitle heads a table: "Visits by route and country".
func tableTitle(t Table) string {
	if len(t.Labels) == 0 {
		return title(t.Name)
	}
	names := make([]string, len(t.Labels))
	for i, l := range t.Labels {
		names[i] = strings.ReplaceAll(l, "_", " ")
	}
	last := len(names) - 1
	if last == 0 {
		return title(t.Name) + " by " + names[0]
	}
	return title(t.Name) + " by " + strings.Join(names[:last], ", ") + " and " + names[last]
}
