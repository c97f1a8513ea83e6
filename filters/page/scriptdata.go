package page

import (
	"bytes"
	"unicode/utf8"
)

// handed are the globals by which frameworks hand a page's data to their own code:
// Next.js, Nuxt, SvelteKit, React Router and Remix, TanStack, Solid, Apollo, and
// stores such as Redux and Vuex.
var handed = []string{
	"__next_f", "__NUXT__", "__sveltekit_", "__reactRouterContext", "__remixContext", "__staticRouterHydrationData",
	"$_TSR", "_$HY", "__APOLLO_STATE__", "__INITIAL_STATE__", "__PRELOADED_STATE__",
}

// handedLength returns the length of the statements at the beginning of a script by which
// a framework hands data over. They mention what the page's code will load, and often
// whole snippets, but don't load it themselves; without them no page comes alive. What
// follows them is judged like any script, and so are they when the script is whole and
// they have no clear end.
func handedLength(text []byte, whole bool) (length int) {
	kit := false
	for {
		start := length
		for start < len(text) && (isSpace(text[start]) || text[start] == '(' || text[start] == '{' || text[start] == ';') {
			start++
		}
		kit = kit || bytes.HasPrefix(text[start:], []byte("__sveltekit_"))
		if !beginsHanded(text[start:]) && !(kit && startsKit(text[start:])) {
			return length
		}
		n, ended := statementLength(text[start:])
		if !ended && whole {
			return length
		}
		length = start + n
	}
}

// startsKit reports whether a statement is one of those by which SvelteKit starts a page,
// with its data, after it has said where its modules are.
func startsKit(text []byte) bool {
	if all, ok := bytes.CutPrefix(text, []byte("Promise.all([")); ok {
		return bytes.HasPrefix(all[skipSpace(all, 0):], []byte("import(")) && bytes.Contains(all, []byte("kit.start("))
	}
	return bytes.HasPrefix(text, []byte("const element = document.currentScript"))
}

func beginsHanded(text []byte) bool {
	if len(text) == 0 {
		return false
	}
	global := ""
	switch text[0] {
	case '_', '$':
	case 'w':
		global = "window."
	case 's':
		global = "self."
	case 'g':
		global = "globalThis."
	default:
		return false // like most
	}
	name, ok := bytes.CutPrefix(text, []byte(global))
	if !ok || len(name) == 0 || name[0] != '_' && name[0] != '$' {
		return false
	}
	for _, handed := range handed {
		if bytes.HasPrefix(name, []byte(handed)) {
			return true
		}
	}
	return false
}

// statementLength returns the length of a statement of JavaScript, as far as brackets,
// strings, comments and the ends of lines tell it.
func statementLength(text []byte) (n int, ended bool) {
	depth, last := 0, byte('=')
	for i := 0; i < len(text); i++ {
		c := text[i]
		switch c {
		case '"', '\'', '`':
			if i = closingQuote(text, i); i == len(text) {
				return i, false
			}
		case '(', '[', '{':
			depth++
		case ')', ']', '}':
			depth = max(depth-1, 0) // some were opened before the statement
		case '/':
			if end := commentEnd(text[i:]); end > 0 {
				i += end - 1
				continue
			}
		case ';', ',': // by which minifiers join statements
			if depth == 0 {
				return i + 1, true
			}
		case '\n':
			if depth == 0 && (isLetter(last) || last >= '0' && last <= '9' || bytes.IndexByte([]byte(")]}\"'`_$"), last) >= 0) {
				return i + 1, true
			}
		}
		if !isSpace(c) {
			last = c
		}
	}
	return len(text), depth == 0
}

// closingQuote returns the offset of the quote that closes the string at text[i:], or the
// text's length.
func closingQuote(text []byte, i int) int {
	quote := text[i]
	for i++; i < len(text) && text[i] != quote; i++ {
		if text[i] == '\\' {
			i++
		}
	}
	return min(i, len(text))
}

// commentEnd returns the length of a comment at the beginning of a script's text, 0 when
// there is none.
func commentEnd(text []byte) int {
	end := "\n"
	switch {
	case bytes.HasPrefix(text, []byte("/*")):
		end = "*/"
	case !bytes.HasPrefix(text, []byte("//")):
		return 0
	}
	n := bytes.Index(text, []byte(end))
	if n < 0 {
		return len(text)
	}
	if end == "\n" {
		return n // which may end the statement
	}
	return n + len(end)
}

// onlyData reports whether a script does at most assign literals and what other variables
// hold to variables, as wp_localize_script and many a template write a page's settings, and
// define gtag, which only lists what it is told. It can't load what it mentions.
func onlyData(text []byte) bool {
	for {
		text = text[skipSpace(text, 0):]
		if n := commentEnd(text); n > 0 {
			text = text[n:]
			continue
		}
		if len(text) == 0 {
			return true
		}
		if n := gtagLength(text); n > 0 {
			text = text[n:]
			continue
		}
		for _, before := range []string{"var ", "let ", "const ", "window."} {
			text = bytes.TrimPrefix(text, []byte(before))
		}
		text = text[skipSpace(text, 0):]
		name := text[:variableLength(text)]
		value, ok := bytes.CutPrefix(text[skipSpace(text, len(name)):], []byte("="))
		if !ok || len(name) == 0 {
			return false // like most
		}
		value = value[orLength(value, name):]
		n := max(literalLength(value), aliasLength(value))
		if n == 0 {
			return false
		}
		text = value[n:]
	}
}

// doubtful reports whether a script's strings may end elsewhere than its bytes say: a backslash
// may be half of a letter, see [cssScanner.doubt].
func doubtful(text []byte) bool {
	return !utf8.Valid(text) && new(cssScanner).doubt(text, 0) < len(text)
}

// gtagLength returns the length of the function at the beginning of a script by which
// gtag lists what it is told; 0 when there is another or none.
func gtagLength(text []byte) int {
	if !bytes.HasPrefix(text, []byte("function gtag")) {
		return 0
	}
	n := bytes.IndexByte(text, '}') + 1
	switch string(bytes.Join(bytes.Fields(text[:n]), nil)) {
	case "functiongtag(){dataLayer.push(arguments);}", "functiongtag(){dataLayer.push(arguments)}",
		"functiongtag(){window.dataLayer.push(arguments);}", "functiongtag(){window.dataLayer.push(arguments)}":
		return len(text) - len(bytes.TrimLeft(text[n:], "; \t\r\n"))
	}
	return 0
}

// orLength returns the length of what keeps a value that is there already: "x ||" where x
// is the variable that is assigned to.
func orLength(value, name []byte) int {
	at := skipSpace(value, 0)
	if rest, ok := bytes.CutPrefix(value[at:], []byte("window.")); ok {
		at = len(value) - len(rest)
	}
	rest, ok := bytes.CutPrefix(value[at:], name)
	if !ok || len(name) == 0 {
		return 0
	}
	rest, ok = bytes.CutPrefix(rest[skipSpace(rest, 0):], []byte("||"))
	if !ok {
		return 0
	}
	return len(value) - len(rest)
}

// aliasLength returns the length of the name of what another variable holds, as x.y, and of
// the semicolon behind it, without which the next line may call it; 0 when there is more.
func aliasLength(text []byte) int {
	at := skipSpace(text, 0)
	for {
		name := variableLength(text[at:])
		if at += name; name == 0 {
			return 0
		}
		if at == len(text) || text[at] != '.' {
			break
		}
		at++
	}
	if at = skipSpace(text, at); at < len(text) && text[at] != ';' {
		return 0
	}
	return min(at+1, len(text))
}

var parseJSON = []byte("JSON.parse(")

// literalLength returns the length of a literal of JavaScript and of what ends its
// statement: strings, numbers, arrays and objects, which may have names without quotes,
// what JSON.parse makes of them, and nothing that could run. It is 0 when there is more.
func literalLength(text []byte) int {
	depth, some := 0, false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '\n' && depth == 0 && some, c == ';' && depth == 0:
			return i + 1
		case isSpace(c):
			continue
		case c == '"' || c == '\'':
			if i = closingQuote(text, i); i == len(text) {
				return 0
			}
		case c == '{' || c == '[':
			depth++
		case c == '}', c == ']', c == ')':
			depth--
		case (c == ',' || c == ':') && depth > 0, c == '+', c == '-':
		case c >= '0' && c <= '9', c == '.' && i+1 < len(text) && text[i+1] >= '0' && text[i+1] <= '9':
			for i+1 < len(text) && (isIdent(text[i+1]) || text[i+1] == '.') {
				i++
			}
		case bytes.HasPrefix(text[i:], parseJSON):
			depth++
			i += len(parseJSON) - 1
		case isIdent(c) && c < 0x80:
			from := i
			for i+1 < len(text) && isIdent(text[i+1]) {
				i++
			}
			switch string(text[from : i+1]) {
			case "true", "false", "null":
			default:
				if next := skipSpace(text, i+1); depth == 0 || next == len(text) || text[next] != ':' {
					return 0
				}
			}
		default:
			n := commentEnd(text[i:])
			if n == 0 {
				return 0
			}
			i += n - 1
			continue
		}
		some = true
	}
	if depth != 0 {
		return 0
	}
	return len(text)
}

// variableLength returns the length of a name at the beginning of a text that a page may give a
// variable: of those that a window has, setting location leads elsewhere.
func variableLength(text []byte) (n int) {
	for n < len(text) && (isLetter(text[n]) || text[n] == '_' || text[n] == '$' || text[n] >= '0' && text[n] <= '9') {
		n++
	}
	if string(text[:n]) == "location" {
		return 0
	}
	return n
}
