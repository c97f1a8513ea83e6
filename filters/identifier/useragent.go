package identifier

import "strings"

// ReduceUserAgent takes the device out of a User-Agent (RFC 9110 section 10.1.5)
// and leaves which browser it is, in its major version, on which family of
// platforms, mobile or not; as Chromium's reduced user agent does it:
//
//	Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 Mobile Safari/537.36
//
// Of a native app its name, major version and family remain. Products and
// comments that are not known are left out; robots and programs that tell nothing
// of a device stay as they are. Reducing twice changes nothing more.
func ReduceUserAgent(ua string) string {
	if ua == "" || isRobot(ua) {
		return ua
	}
	var buf [256]byte
	out := buf[:0]
	commented := false
	for rest := ua; ; {
		var token string
		token, rest = agentToken(rest)
		if token == "" {
			break
		}
		browser := len(out) >= len(mozilla) && string(out[:len(mozilla)]) == mozilla
		before := len(out)
		if before > 0 {
			out = append(out, ' ')
		}
		wrote := len(out)
		switch {
		case token[0] == '[': // in-app data, such as Facebook's
		case token == khtml:
			out = append(out, token...)
		case token[0] == '(':
			if !commented {
				out = appendPlatform(out, token, browser)
			}
			commented = true
		default:
			out = appendProduct(out, token, !browser && !commented)
		}
		if len(out) == wrote {
			out = out[:before]
		}
	}
	switch {
	case len(out) == 0:
		return "Mozilla/5.0"
	case string(out) == ua:
		return ua
	}
	return string(out)
}

const (
	mozilla = "Mozilla/" // with which every browser begins
	khtml   = "(KHTML, like Gecko)"
)

// agentToken cuts the first product, comment or bracketed text off a user agent.
// Comments may be nested; what isn't closed goes on to the end.
func agentToken(text string) (token, rest string) {
	text = strings.TrimLeft(text, " \t")
	if text == "" {
		return "", ""
	}
	end := len(text)
	switch text[0] {
	case '(':
		depth := 0
		for i := range len(text) {
			switch text[i] {
			case '(':
				depth++
			case ')':
				depth--
			}
			if depth == 0 {
				end = i + 1
				break
			}
		}
	case '[':
		if i := strings.IndexByte(text, ']'); i >= 0 {
			end = i + 1
		}
	default:
		if i := strings.IndexAny(text, " \t(["); i > 0 {
			end = i
		}
	}
	return text[:end], text[end:]
}

// frozen maps products to the versions that browsers no longer change, so that
// they tell nothing and stay. The first stands for what isn't a version number,
// such as the build of iOS after "Mobile".
var frozen = map[string][]string{
	"Mozilla":     {"5.0"},
	"AppleWebKit": {"537.36", "605.1.15"},
	"Safari":      {"537.36", "605.1.15", "604.1"},
	"Gecko":       {"20100101"},
	"Mobile":      {"15E148"},
	"Dalvik":      {"2.1.0", "1.6.0"},
	"Opera":       {"9.80"},
}

// products are the products that stay, in their major version, wherever they
// stand: what tells browsers, engines and in-app browsers apart.
var products = set(`Mozilla AppleWebKit Safari Gecko Mobile Tablet like Version Presto Trident Dalvik
	Chrome CriOS Chromium HeadlessChrome Firefox FxiOS Focus Klar Edge Edg EdgA EdgiOS OPR OPT OPX Opera OPiOS
	SamsungBrowser UCBrowser YaBrowser YaApp_iOS YaApp_Android Vivaldi Brave DuckDuckGo Ddg Silk Whale Seamonkey PaleMoon
	MiuiBrowser HuaweiBrowser VivoBrowser HeyTapBrowser OppoBrowser QQBrowser MQQBrowser QQ Weibo MicroMessenger
	AlipayClient AlipayDefined AliApp DingTalk baiduboxapp BytedanceWebview aweme NewsArticle Quark MetaSr 360SE
	Instagram Line LINE Snapchat Pinterest TikTok musical_ly GSA Electron CFNetwork Darwin KAIOS PhantomJS`)

// programs are libraries and tools, whose version tells nothing of a device.
var programs = set(`curl libcurl Wget Wget2 HTTPie httpie xh python-requests Python-urllib Python aiohttp httpx python-httpx urllib3
	okhttp Java Apache-HttpClient Jakarta Java-http-client axios node node-fetch undici got superagent
	Go-http-client Ruby Faraday PHP GuzzleHttp libwww-perl LWP PostmanRuntime insomnia Insomnia bruno-runtime
	k6 wrk h2load vegeta ApacheBench hey Prometheus kube-probe ELB-HealthChecker GoogleHC Blackbox reqwest hyper Dart
	facebookexternalhit facebookcatalog OpenSSL zlib nghttp2 brotli zstd libidn2`)

func set(names string) map[string]bool {
	s := make(map[string]bool)
	for name := range strings.FieldsSeq(names) {
		s[name] = true
	}
	return s
}

// appendProduct appends a product if it is known or, where own is set, if it may
// be the name of a native app.
func appendProduct(out []byte, token string, own bool) []byte {
	name, version, versioned := strings.Cut(token, "/")
	switch {
	case programs[name]:
		if isVersion(version) || !versioned {
			return append(out, token...)
		}
		return append(out, name...)
	case !products[name] && (!own || !isAppName(name)):
		return out
	}
	out = append(out, name...)
	if !versioned {
		return out
	}
	for _, v := range frozen[name] {
		if v == version {
			return append(append(out, '/'), v...)
		}
	}
	n := len(out)
	if name != "Mobile" {
		out = appendMajor(out, version)
	}
	if usual := frozen[name]; len(out) == n && usual != nil {
		return append(append(out, '/'), usual[0]...)
	}
	return out
}

// appendMajor appends a solidus and a version's first number, then zero for each
// of at most three more that it has. A first number of more than four digits is
// no version and is left out.
func appendMajor(out []byte, version string) []byte {
	digits, parts := 0, 0
	for digits < len(version) && isDigit(version[digits]) {
		digits++
	}
	if digits == 0 || digits > 4 {
		return out
	}
	out = append(append(out, '/'), version[:digits]...)
	for i := digits; i+1 < len(version) && version[i] == '.' && isDigit(version[i+1]) && parts < 3; parts++ {
		out = append(out, ".0"...)
		for i++; i < len(version) && isDigit(version[i]); i++ {
		}
	}
	return out
}

// isVersion reports whether a text is a dotted number that a program's version
// can be.
func isVersion(text string) bool {
	if text == "" || len(text) > 16 {
		return false
	}
	digits := 0
	for i := range len(text) {
		switch c := text[i]; {
		case isDigit(c):
			if digits++; digits > 4 {
				return false
			}
		case c == '.' || c == '-' || isLower(c):
			digits = 0
		default:
			return false
		}
	}
	return true
}

// isAppName reports whether a text can be the name of an app, and not a number or
// a token that tells one installation from another.
func isAppName(name string) bool {
	if name == "" || len(name) > 32 || !isUpper(name[0]) && !isLower(name[0]) {
		return false
	}
	digits := 0
	for i := range len(name) {
		c := name[i]
		if isDigit(c) {
			digits++
		}
		if fold[c] == 0 && c != '.' && c != '_' && c != '-' {
			return false
		}
	}
	return digits <= 3
}

// isRobot reports whether a user agent is a robot's: it says where to complain,
// by convention, and no person's device is in it; or its first product is called
// a robot.
func isRobot(ua string) bool {
	if strings.Contains(ua, "http://") || strings.Contains(ua, "https://") {
		return isRobotic(ua) || !containsAnyFold(ua, "android", "iphone", "ipad", "mobile", "windows", "mac os")
	}
	if strings.ContainsAny(ua, "([") {
		return false
	}
	first, _, _ := strings.Cut(ua, "/")
	return !strings.Contains(first, " ") && isRobotic(first+"/")
}

func isRobotic(text string) bool {
	return containsAnyFold(text, "bot/", "bot;", "bot)", "bot ", "spider", "crawler", "slurp", "externalhit")
}

// containsAnyFold reports whether the text contains one of the words, which are in
// lower case, without regard to case.
func containsAnyFold(text string, words ...string) bool {
	for i := range len(text) {
		for _, word := range words {
			if text[i]|0x20 == word[0]|0x20 && len(text)-i >= len(word) && strings.EqualFold(text[i:i+len(word)], word) {
				return true
			}
		}
	}
	return false
}
