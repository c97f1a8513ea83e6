package mutation

// Where the tests are that watch the filters.
const (
	cookies     = "./filters/cookie"
	pages       = "./filters/page"
	bodies      = "./filters/body"
	identifiers = "./filters/identifier"
	decisions   = "./filters/consent"
	images      = "./filters/image"
	gateway     = "./module "
)

// mutants are the filters, by the threats that they hold off.
var mutants = []mutant{
	// Cookies.
	{1, "a nameless cookie under the name that it holds", "filters/cookie/syntax.go", `return "", trim(pair)`, `return trim(pair), ""`, gateway + "TestThreat01"},
	{1, "a nameless cookie that holds a pair", "filters/cookie/cookie.go", `return !prefixed && strings.IndexByte(value, '=') < 0`, `return !prefixed || true`, cookies},
	{2, "control characters", "filters/cookie/syntax.go", `return true
		}
	}
	return false
}

func isASCII`, `return false
		}
	}
	return false
}

func isASCII`, cookies},
	{2, "names that are not ASCII", "filters/cookie/cookie.go", `name[0] != '$' && isASCII(name)`, `name[0] != '$'`, cookies},
	{3, "every field after an allowed one", "filters/cookie/response.go", `if finding.Action != Dropped {
			kept`, `if finding.Action != Dropped || len(kept) > 0 {
			kept`, gateway + "TestThreat03"},
	{3, "fields split at commas", "module/response.go", `fields := h["Set-Cookie"]
	delete`, `fields := strings.Split(strings.Join(h["Set-Cookie"], ", "), ", ")
	delete`, gateway + "TestThreat03"},
	{4, "a Max-Age past the cap", "filters/cookie/narrow.go", `longest > 0 && seconds > longest`, `longest > 0 && seconds < 0`, gateway + "TestThreat04"},
	{4, "dates of some browsers past the cap", "filters/cookie/narrow.go", `case !ok && hasPositive(a.value):`, `case false:`, cookies},
	{4, "an Expires past the cap", "filters/cookie/narrow.go", `ok && date.After(last)`, `false && ok && date.After(last)`, gateway + "TestThreat04"},
	{4, "a past Expires with a future Max-Age, as a deletion", "filters/cookie/lifetime.go", `if l.ages.future > 0 || l.unclear {
		return false
	}`, ``, cookies},
	{5, "fields with other bytes", "filters/cookie/narrow.go", `e.out.WriteString(e.field[e.copied:end])`, `e.out.WriteString(strings.ReplaceAll(e.field[e.copied:end], ";;", ";"))`, gateway + "TestThreat05"},
	{6, "the domain of another site", "filters/cookie/origin.go", `case !isBelow(o.Host, domain):
		return false, false`, `case !isBelow(o.Host, domain):
		return false, true`, gateway + "TestThreat06"},
	{6, "a public suffix", "filters/cookie/origin.go", `return false, !isAddress(o.Host) && !isPublicSuffix(strings.ToLower(domain))`, `return false, true`, gateway + "TestThreat06"},
	{6, "no domain with a dot before it", "filters/cookie/origin.go", `domain = strings.TrimPrefix(domain, ".")`, ``, gateway + "TestThreat06"},
	{7, "promises of names that are broken", "filters/cookie/response.go", `if !prefixed {`, `if !prefixed || p.host || true {`, gateway + "TestThreat07"},
	{7, "promises in another case", "filters/cookie/response.go", `if !prefixed {`, `if !prefixed || c.name[2] >= 'a' {`, gateway + "TestThreat07"},
	{8, "crumbs joined by commas", "filters/cookie/request.go", `b.WriteString("; ")`, `b.WriteString(", ")`, gateway + "TestThreat08"},
	{8, "the second field unseen", "filters/cookie/request.go", `joined = join(fields)`, `return fields[1], true, nil`, gateway + "TestThreat08"},
	{9, "what comes after a cookie that is kept", "filters/cookie/request.go", `case f.passes(piece, granted, found):`, `case kept || f.passes(piece, granted, found):`, gateway + "TestThreat09"},
	{10, "names with a dollar sign", "filters/cookie/cookie.go", `return name[0] != '$' && isASCII(name)`, `return isASCII(strings.TrimPrefix(name, "$"))`, cookies},
	{10, "what stands behind a semicolon without a space", "filters/cookie/request.go", `i := strings.IndexByte(field[start:], ';')`, `i := strings.Index(field[start:], "; ")`, gateway + "TestThreat1"},
	{11, "any number of cookies", "filters/cookie/request.go", `return n > MaxCookies`, `return false`, gateway + "TestThreat11"},
	{12, "expiries without a bound", "module/expiry.go", `expiryMax = 2 << 10`, `expiryMax = 2 << 20`, gateway + "TestExpiriesLeaveRoom"},
	{12, "cookies that scripts wrote, in the browser", "module/choices.go", `x.refused = append(x.refused, f.Name)`, ``, gateway + "TestThreat12"},
	{12, "scripts that write them", "module/judge.go", `return x.verdict(p)
}

func (x *exchange) verdict`, `v := x.verdict(p)
	v.Block = false
	return v
}

func (x *exchange) verdict`, gateway + "TestThreat12"},

	// HTML and URLs.
	{13, "what stands where readings of foreign content differ", "filters/page/tree.go", `s.doubt = true
	return contentMarkup, false`, `return contentMarkup, true`, pages},
	{13, "tags that are passed over by their letters", "filters/page/skim.go", `addName(&s.tag, e.name, e.name[1]%8)`, ``, pages},
	{13, "any tag within select", "filters/page/skim.go", `s.tag[k].addOthers(letter, group, group<<1)`, `_ = letter`, pages},
	{21, "snippets whose bytes are not marked", "filters/catalogue/phrases.go", `p.grams[slot/64] |= 1 << (slot % 64)`, ``, "./filters/catalogue"},
	{21, "hosts in scripts whose last label is not marked", "filters/catalogue/hostscan.go", `return e[rest[0]&31][rest[1]&31]>>n&1 == 1`, `return n < 0`, "./filters/catalogue"},
	{21, "hosts that are told not to be in the table", "filters/catalogue/hosttable.go", `b.bits[h/64] |= 1 << (h % 64)`, `_ = h`, "./filters/catalogue"},
	{21, "what minifiers join to data that a framework hands over", "filters/page/scriptdata.go", `case ';', ',':`, `case ';':`, pages},
	{13, "data that leads the page elsewhere", "filters/page/scriptdata.go", `if string(text[:n]) == "location" {`, `if false {`, pages},
	{13, "what follows a framework's data", "filters/page/deny.go", `return r.judgeScript(text[n:])`, `return Verdict{}, false`, pages},
	{13, "data that a javascript: URL shows", "filters/page/deny.go", `return r.judged(r.o.Judge.Script(text))`, `return r.judgeElement(text, true)`, pages},
	{13, "noscript, as text alone", "filters/page/tree.go", `s.push(node{key: t.key, kind: nodeDual, watch: true})`, `return contentRaw, true`, pages},
	{13, "SVG, as HTML", "filters/page/tree.go", `s.push(node{key: t.key, kind: nodeForeign})
		}
	case t.id == tagSelect:`, `}
	case t.id == tagSelect:`, pages},
	{13, "tags in select that are read as text", "filters/page/tree.go", `if s.holds(nodeSelect) && t.id != tagScript &&`, `if false && t.id != tagScript &&`, pages},
	{13, "what an XHTML page's document type declares", "module/response.go", `k == xhtmlPage && !hasBody`, `k == xhtmlPage`, gateway + "TestOtherDocuments"},
	{14, "what follows an empty comment", "filters/page/markup.go", `case bytes.HasPrefix(rest, []byte(">")):
		return body + 1, true`, ``, pages},
	{14, "what follows --!>", "filters/page/markup.go", `text := bytes.TrimSuffix(r.b[pos:i], []byte("!"))`, `text := r.b[pos:i]`, pages},
	{14, "what follows a script that seems to hold its end", "filters/page/script.go", `*s = scriptDouble`, `*s = scriptEscaped`, pages},
	{14, "CDATA sections, everywhere", "filters/page/tree.go", `return s.inForeign(), !s.doubt && s.top() != nodePoint`, `return true, true`, pages},
	{14, "CDATA sections, nowhere", "filters/page/markup.go", `r.state = inCDATA
			return i + len(cdata), true`, ``, pages},
	{15, "a tag that the end cuts off", "filters/page/markup.go", `n := r.tag.lex(b, r.eof && len(b) < limit)`, `n := r.tag.lex(b, false)`, pages},
	{16, "the second attribute of a name", "filters/page/element.go", `if next.id == a.id && next.name > a.name &&`, `if false && next.name > a.name &&`, pages},
	{17, "srcset of img", "filters/page/element.go", `case id == attrSrcset && (t.id == tagImg || t.id == tagImage):
		return Image, true`, ``, pages},
	{17, "srcset of source", "filters/page/element.go", `case id == attrSrcset && t.id == tagSource:
		return Source, true
	`, ``, pages},
	{17, "imagesrcset", "filters/page/element.go", `return Link, r.long.active || linkFetches(r.attrText(t.value(b, attrRel)))
	}`, `return Link, false
	}`, pages},
	{17, "poster", "filters/page/element.go", `return Video, t.id == tagVideo`, `return Video, false`, pages},
	{17, "ping", "filters/page/element.go", `r.judgeList(b, at, a, Anchor)`, ``, pages},
	{17, "xlink:href", "filters/page/element.go", `return SVG, t.id != tagA
`, `return SVG, false
`, pages},
	{17, "href of SVG", "filters/page/element.go", `case tagImage, tagUse, tagFeImage:
			return SVG, true`, `case tagImage, tagUse, tagFeImage:
			return SVG, false`, pages},
	{17, "data of object", "filters/page/element.go", `return Object, t.id == tagObject
`, `return Object, false
`, pages},
	{17, "embed", "filters/page/element.go", `return Embed, true`, `return Embed, false`, pages},
	{17, "iframe", "filters/page/element.go", `case tagIframe, tagPortal:
			return Iframe, true`, `case tagIframe, tagPortal:
			return Iframe, false`, pages},
	{17, "track", "filters/page/element.go", `return Track, true`, `return Track, false`, pages},
	{17, "background", "filters/page/element.go", `return Body, true`, `return Body, false`, pages},
	{17, "link", "filters/page/element.go", `return Link, r.long.active && !r.long.harmless || !r.long.active && linkFetches(r.attrText(t.value(b, attrRel)))`, `return Link, false`, pages},
	{17, "img", "filters/page/element.go", `case tagImg, tagImage:
			return Image, true`, `case tagImg, tagImage:
			return Image, false`, pages},
	{17, "attributes that are passed over by their letters", "filters/page/skim.go", `addAttr(e.name)`, ``, pages},
	{17, "url() of CSS", "filters/page/css.go", `case equalFold(name, "url"), equalFold(name, "src"):`, `case equalFold(name, "src"):`, pages},
	{17, "image-set() of CSS", "filters/page/css.go", `case equalFold(name, "image-set"), `, `case `, pages},
	{17, "@import of CSS", "filters/page/css.go", `c.at = cssImport`, `c.at = cssNone`, pages},
	{17, "strings of custom properties in CSS", "filters/page/css.go", `c.at = cssValue`, `c.at = cssNone`, pages},
	{17, "what an animation sets", "filters/page/element.go", `r.judgeAnimated(b, at, a)`, ``, pages},
	{17, "spaces that end escapes in url()", "filters/page/css.go", `end += cssEscapeLen(b[end:limit])`, `end += 2`, pages},
	{17, "style sheets in data:", "filters/page/deny.go", `return r.denyData(r.url.opaque, Link)`, `return false`, pages},
	{17, "style attributes", "filters/page/element.go", `r.judgeStyle(b, at, a)`, ``, pages},
	{18, "base", "filters/page/element.go", `return Base, true`, `return Base, false`, pages},
	{18, "what is relative to a base elsewhere", "filters/page/deny.go", `r.elsewhere = true`, ``, pages},
	{19, "meta refresh", "filters/page/element.go", `case t.id == tagMeta && r.refreshes(t, b):`, `case false:`, pages},
	{19, "Link headers", "module/judge.go", `x.filterMembers(h, "Link", page.LinkHeader)`, ``, gateway + "TestThreat19"},
	{19, "Refresh headers", "module/judge.go", `_, denied := page.RefreshHeader(field, options)`, `_, denied := "", options == nil`, gateway + "TestThreat19"},
	{19, "early hints", "module/response.go", `h := x.Header()
	x.filterHeader(h)
	held`, `h := x.Header()
	held`, gateway + "TestThreat19|TestInterim"},
	{20, "srcdoc", "filters/page/element.go", `if t.id == tagIframe {
			r.judgeSrcdoc(b, at, a)
		}`, ``, pages},
	{20, "srcdoc in srcdoc, however deep", "filters/page/element.go", `r.report(Iframe, Verdict{Block: true, Purpose: consent.None}, nil)`, ``, pages},
	{20, "templates", "filters/page/tree.go", `s.push(node{key: t.key, kind: nodeTemplate})`, `return contentRaw, true`, pages},
	{21, "event handlers of trackers", "filters/page/element.go", `if v, block := r.judgeScript(r.attrText(value)); block {`, `if v, block := r.judgeScript(r.attrText(value)); block && false {`, pages},
	{21, "event handlers that are passed over by their letters", "filters/page/skim.go", `addAttr("on" + string(c))`, `_ = c`, pages},
	{21, "javascript: of trackers", "filters/page/deny.go", `case "javascript":`, `case "livescript":`, pages},
	{21, "data: that holds a document", "filters/page/deny.go", `return r.denyData(text, el)`, `return false`, pages},
	{21, "inline scripts of trackers", "filters/page/deny.go", `return v, v.Block
}`, `return v, false
}`, pages},
	{22, "import maps", "filters/page/script.go", `"importmap":      scriptMap, `, ``, pages},
	{22, "web bundles", "filters/page/script.go", `, "webbundle": scriptURLs,`, `,`, pages},
	{22, "speculation rules", "filters/page/script.go", `"speculationrules": scriptRules, `, ``, pages},
	{22, "rules for a page's links", "filters/page/lookahead.go", `look.bound = look.bound && !look.found`, `look.bound = false`, pages},
	{22, "files of rules for a page's links", "filters/page/json.go", `r.boundRules(pos, len(r.b))`, ``, pages},
	{22, "files of speculation rules", "module/inspect.go", `case is("application/speculationrules+json"):`, `case false:`, gateway + "TestOtherDocuments"},
	{22, "speculation rules that were not read to their end", "filters/page/json.go", `denied := len(text) >= MaxHeld`, `denied := false`, pages},
	{22, "speculation rules of headers", "module/judge.go", `x.filterMembers(h, "Speculation-Rules", page.MembersHeader)`, ``, gateway + "TestResponseHeaders|TestThreatsOf"},
	{22, "what stands beside a policy that can't be read", "module/dictionary.go", `!isDictionary(strings.Join(fields, ", "))`, `false`, gateway + "TestBrowserIsAsked"},
	{22, "workers without the second policy", "module/response.go", `x.limitWorker(h)`, ``, gateway + "TestHostLimits"},
	{22, "module preloads", "filters/page/link.go", `"preload", "modulepreload", "prefetch"`, `"preload", "prefetch"`, pages},
	{23, "pages whose type the server fills in", "module/sniff.go", `_, typed := h["Content-Type"]
	return`, `typed := true
	return`, gateway + "TestTypesAs"},
	{23, "UTF-16 by its mark", "filters/page/rewriter.go", `r.err = ErrEncoding
			return 0`, ``, pages},
	{23, "UTF-16 by its mark, at the gateway", "module/charset.go", `return recoded(mark)`, `return nil`, gateway + "TestThreat23"},
	{23, "UTF-16 by its header", "module/charset.go", `return unicode.UTF16(unicode.LittleEndian, unicode.UseBOM)`, `return nil`, gateway + "TestThreat23"},
	{23, "encodings that switch", "filters/page/charset.go", `"utf-7", "utf7", "unicode-1-1-utf-7", "utf-32", "utf-32le", "utf-32be", "utf32":
		return false`, `"utf-7", "utf7", "unicode-1-1-utf-7", "utf-32", "utf-32le", "utf-32be", "utf32":
		return true`, pages},
	{17, "imports in style elements of another type", "filters/page/element.go", `const endOfImports = ";"`, `const endOfImports = ""`, pages},
	{23, "fields that browsers may read otherwise", "module/body.go", `case !plain:`, `case !plain && false:`, gateway + "TestThreat23"},
	{23, "backslashes that are half of a letter", "filters/page/csswild.go", `if before >= 0x80 {`, `if before == 0 && k < 0 {`, pages},
	{23, "encodings that a page says of itself", "filters/page/element.go", `if escapes(r.attrText(value)) {`, `if false {`, pages},
	{23, "encodings that a page declares at its beginning", "module/charset.go", `name == "iso-2022-jp"`, `name == ""`, gateway + "TestThreat23"},
	{23, "encodings that a style sheet declares", "module/charset.go", `declared != nil {`, `declared == nil {`, gateway + "TestThreat23"},
	{24, "character references", "filters/page/url.go", `if entities {
		raw = p.decode(raw)
	}`, ``, pages},
	{24, "tabs and newlines", "filters/page/url.go", `if bytes.ContainsAny(raw, "\t\n\r") {`, `if false {`, pages},
	{24, "backslashes", "filters/page/url.go", `return c == '/' || c == '\\'`, `return c == '/'`, pages},
	{24, "any number of slashes", "filters/page/url.go", `for len(s) > 0 && isSlash(s[0]) {
		s = s[1:]
	}`, `s = s[min(2, len(s)):]`, pages},
	{24, "user names before the host", "filters/page/url.go", `if i := bytes.LastIndexByte(auth, '@'); i >= 0 {
		auth = auth[i+1:]
	}`, `if i := bytes.IndexByte(auth, '@'); i >= 0 {
		auth = auth[:i]
	}`, pages},
	{24, "hosts in upper case", "filters/page/host.go", `dst = appendLower(dst, host)
	plain`, `dst = append(dst, host...)
	plain`, pages},
	{24, "a dot behind the host", "filters/page/host.go", `return bytes.TrimSuffix(dst, []byte(".")), true`, `return dst, true`, pages},
	{24, "escapes in the host", "filters/page/host.go", `host = percentDecode(host)`, ``, pages},
	{24, "ideographic dots", "filters/page/host.go", `return appendLower(dst[:start], []byte(domain)), err == nil`, `return append(dst[:start], host...), err == nil && domain != ""`, pages},
	{24, "addresses in other bases", "filters/page/host.go", `if number, v4, ok := parseIPv4(domain); number {`, `if number, v4, ok := parseIPv4(domain); number && false {`, pages},
	{24, "what does not parse, as the site's own", "filters/page/deny.go", `default:
		v := Verdict{Block: true, Purpose: consent.None}
		r.report(el, v, nil)
		r.addPurpose(v.Purpose)
		return true`, `default:
		return false`, pages},
	{24, "other hosts below the same address", "module/judge.go", `return domain != "" && n >= 0 && string(host[n:]) == domain && (n == 0 || host[n-1] == '.')`, `return domain != "" && n >= 0 && string(host[n:]) == domain`, gateway + "TestThreatsOfPages"},

	// HTTP.
	{25, "many codings on one another", "module/codings.go", `const codingsMax = 2`, `const codingsMax = 20`, gateway + "TestThreat25"},
	{25, "pages under a malformed type", "module/sniff.go", `if !media.doubtful {`, `if true {`, gateway + "TestTypesAsBrowsersReadThem"},
	{25, "unknown codings", "module/codings.go", `return nil, fmt.Errorf("%w: %s", errCoding, name)`, `continue`, gateway + "TestThreat25"},
	{25, "pages that can't be decoded, without a policy", "module/body.go", `if k.isDocument() {
		h.Add(enforcedPolicy, strictestPolicy)`, `if k.isDocument() {`, gateway + "TestThreat25"},
	{25, "coded pages unjudged", "module/body.go", `b.judge(chunk[:n])`, `b.sink().Write(chunk[:n])`, gateway + "TestThreat25"},
	{25, "requests for any coding", "module/exchange.go", `x.rules.narrowEncodings(r.Header)`, ``, gateway + "TestThreat25"},
	{26, "bombs as pages", "module/body.go", `if b.out > bombSize && b.out > bombRatio*b.in.Load() {`, `if false {`, gateway + "TestThreat26"},
	{26, "bombs as bodies", "filters/body/coding.go", `if d.n > MaxDecoded && d.n > MaxGrowth*d.source.n {`, `if false {`, bodies},
	{27, "ranges of pages", "module/response.go", `if k != otherBody && x.status == http.StatusPartialContent && x.ranged != nil {`, `if false {`, gateway + "TestThreat27"},
	{28, "a length that is no longer true", "module/body.go", `delete(h, "Content-Length")
	delete(h, "Accept-Ranges")`, `delete(h, "Accept-Ranges")`, gateway + "TestThreat28"},
	{28, "the storefront's entity tag", "module/body.go", `x.markTag(h)`, ``, gateway + "TestThreat28"},
	{28, "entity tags of another class", "module/caching.go", `case class == x.class():`, `case class != "":`, gateway + "TestThreat28"},
	{28, "dates of pages", "module/caching.go", `h.Del("Last-Modified") // a date`, `// a date`, gateway + "TestThreat28"},
	{28, "tags with commas", "module/caching.go", `case field[i] == '"':`, `case false:`, gateway + "TestPageRevalidates"},
	{28, "tags by which changes are made", "module/caching.go", `tag, changed = original, true`, `_ = original`, gateway + "TestPageChanges"},
	{28, "one class for all", "module/caching.go", `x.rules.Fingerprint, x.decision.Granted, x.decision.Decided != 0, x.snippetKey(), x.hostPolicy().digest)`, `x.rules.Fingerprint)`, gateway + "TestThreat28"},
	{25, "untyped pages in pieces", "module/sniff.go", `case !end && len(plain) < sniffLen && len(begin) < beginMax:`, `case false:`, gateway + "TestUntypedBodies"},
	{25, "untyped pages under a coding", "module/sniff.go", `plain = decodedBeginning(begin, undo)`, `_ = undo`, gateway + "TestUntypedBodies"},
	{29, "digests of bodies that are the same", "module/requestbody.go", `if !bytes.Equal(whole, came.Bytes()) {`, `if true {`, gateway + "TestThreat29"},
	{48, "privacy control in other spellings", "module/signals.go", `if trimBlanks(member) == "1" {`, `if member == "1" && len(fields) == 1 {`, gateway + "TestThreat48"},
	{29, "digests of what was altered", "module/response.go", `for _, name := range sums {`, `for _, name := range sums[:0] {`, gateway + "TestThreat29"},
	{30, "trailers of responses", "module/response.go", `x.filterTrailers(x.Header())`, ``, gateway + "TestThreat30"},
	{30, "links in trailers", "module/trailers.go", `x.filterHeader(trailer)`, ``, gateway + "TestTrailersAreJudged"},
	{30, "trailers of requests", "module/exchange.go", `if len(x.r.Trailer) > 0 {`, `if false {`, gateway + "TestThreat30|TestRequestTrailers"},
	{31, "streams that wait", "module/response.go", `return withoutPeer(http.NewResponseController(x.w).Flush())
}`, `return nil
}`, gateway + "TestThreat31"},
	{31, "pages that wait", "module/body.go", `if err := b.buffer.Flush(); err != nil {
		return err
	}
	return http.NewResponseController(b.x.w).Flush()`, `return nil`, gateway + "TestThreat31|TestFlush"},
	{32, "cookies of an upgrade", "module/exchange.go", `if fields, ok := r.Header["Cookie"]; ok {`, `if fields, ok := r.Header["Cookie"]; ok && r.Header["Upgrade"] == nil {`, gateway + "TestThreat32"},
	{31, "upgrades towards partners", "module/partners.go", `"Connection": true, "Te": true`, `"Connection": true, "Upgrade": true, "Te": true`, gateway + "TestNoUpgrade"},
	{33, "names in Connection", "module/exchange.go", `h["Connection"][i] = changed`, `_, _ = i, changed`, gateway + "TestThreat33"},
	{33, "own headers of a client", "module/exchange.go", `dropOwnHeaders(r.Header)
	delete(`, `delete(`, gateway + "TestThreat33|TestThreat34"},
	{34, "own headers with other letters", "module/headers.go", `case c < 'a' || c > 'z':`, `case false:`, gateway + "TestThreat34|TestOwnHeaders"},
	{35, "paths in other spellings", "module/exchange.go", `x.path = canonicalPath(x.seen)`, `x.path = x.seen.Path`, gateway + "TestThreat35"},
	{35, "partners under other spellings", "module/gateway.go", `slices.ContainsFunc(paths[:], b.path.match)`, `slices.ContainsFunc(paths[:1], b.path.match)`, gateway + "TestThreat35"},
	{35, "exemptions for other spellings", "module/gateway.go", `if len(g.exempt) == 0 || !isCanonical(u) {`, `if len(g.exempt) == 0 {`, gateway + "TestThreat35"},
	{36, "uploads that wait", "module/requestbody.go", `short := r.ContentLength >= 0 && r.ContentLength <= wholeMax`, `short := true`, gateway + "TestThreat36"},
	{36, "bodies of any length to the gateway itself", "module/own.go", `io.ReadAll(http.MaxBytesReader(x.w, x.r.Body, bodyMax))`, `io.ReadAll(x.r.Body)`, gateway + "TestThreat36Own"},

	// Bodies.
	{37, "names with escapes", "filters/body/jsonstring.go", `e.scratch = unquote(e.scratch[:0], src[it.value:end])`, `e.scratch = append(e.scratch[:0], src[it.value+1:end-1]...)`, bodies},
	{37, "values with escapes", "filters/body/jsonmember.go", `e.unquoted = unquote(e.unquoted[:0], quoted)`, `e.unquoted = append(e.unquoted[:0], quoted[1:len(quoted)-1]...)`, bodies},
	{37, "what was known of names judged otherwise", "filters/body/jsonmember.go", `if m.full || m.ids != j.ids || m.receives != j.o.Receives || m.root.limit == nil || m.root.whole != name {`, `if m.full || m.root.limit == nil {`, bodies},
	{37, "values beside what names them", "filters/body/jsonmember.go", `n.said = view(e.said)`, ``, bodies},
	{37, "JSON sent as a form", "filters/body/sniff.go", `case s.kind == formKind && !isNoForm(text):`, `case s.kind == formKind:`, bodies},
	{41, "JSON in queries", "filters/body/form.go", `if value := bytesOf(query); beginsLikeJSON(value) || opensEncoded(value) {`, `if false {`, bodies},
	{41, "queries in queries", "filters/identifier/query.go", `v = f.judgeQuery(e, value)`, ``, identifiers},
	{41, "short names", "filters/identifier/names.go", `e := t.words.get(word)`, `e := t.words.get(word &^ 1)`, identifiers},
	{37, "queries in JSON", "filters/body/judge.go", `n.meaning.SaysQuery() && identifier.IsQuery(text)`, `false`, bodies},
	{37, "JSON as base64 in JSON", "filters/body/jsonstring.go", `edit = editEncoded`, `return text, false`, bodies},
	{37, "JSON as base64 in forms", "filters/body/form.go", `case opens && !changed:`, `case false:`, bodies},
	{40, "JSON as base64 in parts", "filters/body/multipart.go", `if whole && m.j.active() && opensEncoded(value) {`, `if false {`, bodies},
	{26, "bombs in values", "filters/body/inner.go", `len(data) > maxInflated {`, `false {`, bodies},
	{37, "JSON in long strings", "filters/body/jsonstring.go", `begin, e.nesting+1); open != nil {`, `begin, e.nesting+1); open != nil && false {`, bodies},
	{37, "JSON in long parameters", "filters/body/form.go", `bytesOf(value)); open != nil {`, `bytesOf(value)); open != nil && false {`, bodies},
	{40, "JSON in long parts", "filters/body/multipart.go", `if !whole {
		if open`, `if !whole && false {
		if open`, bodies},
	{40, "targets of requests in batches", "filters/body/message.go", `target, _ = m.j.ids.URL(target, m.j.o.Granted, m.j.inURL)`, ``, bodies},
	{40, "headers of requests in batches", "filters/body/message.go", `m.j.ids.Header(h, m.j.o.Granted, m.j.inURL)`, ``, bodies},
	{40, "bodies of requests in batches", "filters/body/message.go", `edited, err := io.ReadAll(filtered)`, `edited, err := body, filtered.(*stream).err`, bodies},
	{39, "text in UTF-16 by its mark", "filters/body/sniff.go", `if s.kind != unnamedKind && isWide(src) {`, `if false {`, bodies},
	{41, "addresses in base64 to partners", "filters/body/query.go", ` && !holdsEncodedContact(value) {`, ` {`, bodies},
	{37, "JSON in headers", "module/exchange.go", `if body.IsJSON(value) &&`, `if false &&`, gateway + "TestListsAndJSON"},
	{41, "lists in headers", "filters/identifier/header.go", `mayHold(e) && hasMembers(value)`, `false`, identifiers},
	{41, "queries in placeholders", "module/exchange.go", `*x.r = *x.r.WithContext`, `x.r = x.r.WithContext`, gateway + "TestPlaceholdersBehind"},
	{41, "queries in placeholders towards partners", "module/partners.go", `x.replaceQuery(p.receives.Query(r.URL.RawQuery))`, ``, gateway + "TestPlaceholdersBehind"},
	{19, "redirects of partners", "module/partners.go", `x.r = &was`, `_ = was`, gateway + "TestRedirectsOfPartners"},
	{3, "cookies in the older field of requests", "module/exchange.go", `delete(r.Header, cookie2)`, ``, gateway + "TestOldCookieField"},
	{3, "cookies in the older field", "module/response.go", `delete(h, setCookie2)`, ``, gateway + "TestReportingHeaders"},
	{41, "URLs in queries", "filters/identifier/query.go", `v = f.judgeURL(e, value)`, ``, identifiers},
	{37, "names in another case", "filters/identifier/names.go", `t['A'+c] = uint8(1 + c)`, ``, identifiers},
	{37, "names in letters that fold to others", "filters/body/jsonmember.go", `name = foldName(name)`, ``, bodies},
	{38, "any depth", "filters/body/body.go", `MaxDepth = 64`, `MaxDepth = 640`, gateway + "TestThreatsOfBodies"},
	{38, "numbers written anew", "filters/body/json.go", `return append(dst, src[e.keep(it):end]...)`, `return append(e.head(dst, src, it), func(b []byte) []byte {
			if n := len(b); n > 2 && string(b[n-2:]) == ".0" {
				b = b[:n-2]
			}
			return b
		}(src[it.value:end])...)`, bodies},
	{39, "strings that are not UTF-8", "filters/body/jsonscan.go", `if s.wide && !utf8.Valid(src[start:i]) {`, `if s.wide && !utf8.Valid(src[start:start]) {`, bodies},
	{39, "long strings that are not UTF-8", "filters/body/jsonstring.go", `if !utf8.Valid(src[i:cut]) {`, `if !utf8.Valid(src[i:i]) {`, bodies},
	{40, "boundaries given twice", "filters/body/multipart.go", `if count != 1 || !isBoundary(boundary) {`, `if count < 1 || !isBoundary(boundary) {`, bodies},
	{40, "charsets of parts", "filters/body/multipart.go", `if !h.media.charsetIsPlain() {`, `if false {`, bodies},
	{40, "a charset of the form", "filters/body/multipart.go", `if h.name == "_charset_" && !isPlainCharset(string(value)) {`, `if false {`, bodies},
	{40, "boundaries within lines", "filters/body/partscan.go", `case at >= 0 && (at < 2 || rest[at-2] != '\r' || rest[at-1] != '\n'):`, `case false:`, bodies},
	{40, "boundaries in the preamble", "filters/body/partscan.go", `case at >= 0:
			return dst, errPart("boundary within a line")`, `case at >= 0:
			return s.take(dst, at+1), nil`, bodies},
	{40, "names in extended form", "filters/body/media.go", `count += 2`, `count += 0`, bodies},
	{40, "parts under a coding", "filters/body/part.go", `if value != "" && !strings.EqualFold(value, "identity") {`, `if false {`, bodies},
	{40, "headers given twice", "filters/body/part.go", `if seen[which] {`, `if false {`, bodies},
	{40, "every part but the first", "filters/body/multipart.go", `v := m.j.field(m.j.named(h.name), view(value))`, `v := m.j.field(m.j.named(h.name), "")`, bodies},
	{41, "parameters behind semicolons", "filters/identifier/query.go", `for p.semicolon {`, `for p.semicolon && false {`, identifiers},
	{39, "refused bodies in error routes", "module/exchange.go", `x.dropBody()`, ``, gateway + "TestErrorRoutes"},
	{56, "addresses in error routes", "module/refuse.go", `original.RemoteAddr = x.r.RemoteAddr`, ``, gateway + "TestErrorRoutes"},
	{41, "identifiers in the banner", "module/snippets.go", `browserURL(x.r).RequestURI()`, `x.seen.RequestURI()`, gateway + "TestBannerHolds"},
	{41, "queries unjudged", "module/exchange.go", `x.replaceQuery(query)`, `_ = query`, gateway + "TestThreat41|TestCanaries"},

	// Uploads, which have no number among the threats.
	{0, "pictures under another type", "module/peek.go", `if b.isPicture() {`, `if b == nil {`, gateway + "TestUploadsInEveryWay"},
	{0, "pictures under another type, in chunks", "module/peek.go", `c.peeked.isPicture()`, `false`, gateway + "TestUploadsInEveryWay"},
	{0, "pictures in pieces", "module/peek.go", `if h[name] != nil {`, `if h[name] == nil && false {`, gateway + "TestUploadsThatAreRefused"},
	{0, "pictures in pieces, by a field", "module/requestbody.go", `inPieces = inPieces || countsPieces(name, value)`, `_ = countsPieces(name, value)`, gateway + "TestUploadsThatAreRefused"},
	{0, "pictures in pieces, in a form", "module/requestbody.go", `if inPieces {`, `if inPieces && field == "" {`, gateway + "TestUploadsThatAreRefused"},
	{0, "pictures in fields that are no files", "filters/body/multipart.go", `m.j.o.IsFile(value) {`, `false {`, gateway + "TestUploadsInEveryWay"},
	{0, "pictures as base64, short", "filters/body/jsonstring.go", `if len(text) >= leastEncoded {`, `if false {`, bodies},
	{0, "pictures as base64, long", "filters/body/stream.go", `s.inner = found.open(s)`, `found.open(s)`, bodies},
	{0, "pictures as base64 in forms, short", "filters/body/form.go", `if isFile && e.failed == nil {`, `if false {`, bodies},
	{0, "pictures as base64 in forms, long", "filters/body/form.go", `if at := e.j.encodedFile(text); at >= 0 {`, `if at := e.j.encodedFile(text); at >= 0 && false {`, bodies},
	{0, "pictures as base64, in fields", "filters/body/multipart.go", `m.j.encodedFile(value); at >= 0 {`, `m.j.encodedFile(value); at >= 0 && false {`, bodies},
	{0, "base64 that is cut or mixed", "filters/body/encoded.go", `case d.padding > 0:`, `case d.padding > 9:`, bodies},
	{0, "measurements before their index", "filters/image/timedforms.go", `mark: "DEVC\x00"`, `mark: "DEVCx"`, images},
	{0, "sets of Sony's before their index", "filters/image/timedforms.go", `n = n<<8 | int64(c)`, `n = 0 & int64(c)`, images},
	{0, "serial numbers in the data for repair", "filters/image/timedforms.go", `0x66 + 16`, `8`, images},
	{0, "places in subtitles before their index", "filters/image/timedforms.go", `!digits && b[i-1] != ' '`, `true`, images},
	{0, "pairs of bytes at some places", "filters/image/timedforms.go", `|formPairs[uint16(x>>24)]`, ``, images},
	{0, "forms across the edge of what was looked at", "filters/image/timedforms.go", `max(0, i-2); k < i+7`, `i; k < i+7`, images},
	{0, "subtitles that are no chapters", "filters/image/tracks.go", `h.name == chapters && len`, `len`, images},
	{0, "samples of another form than the track's", "filters/image/mediascan.go", `return b.holdsBlank(e)
	case "text"`, `return true
	case "text"`, images},
	{0, "subtitles of which no place was found", "filters/image/mediascan.go", `n <= 2 || b`, `n > 2 || b`, images},
	{0, "motion with places", "filters/image/mediascan.go", `n == 12 || n == 16`, `n > 12`, images},
	{0, "what a track of timed text holds", "filters/image/sampleindex.go", `return string(f.text())`, `return "application/microvideo-meta-stream"`, images},
	{0, "places among a phone's notes", "filters/image/quicktime.go", `begins("detected-", "live-photo",`, `begins("location", "of-", "detected-", "live-photo",`, images},
	{0, "items of animations", "filters/image/heif.go", `	err = b.items(r, held, 0, h)
	r.pass(h.size)`, `	_ = held
	r.pass(h.size)`, images},
	{0, "measurements that the index alone tells of", "filters/image/tracks.go", `if b.wasHarmless(entry, e) {`, `if true {`, images},
	{0, "measurements of another length than was seen", "filters/image/mediascan.go", `return i >= 0 && b.blank[i].holds(e)`, `return i >= 0 && b.blank[i].from <= e.from`, images},
	{0, "blocks of dashboard cameras", "filters/image/timedforms.go", `n > least && n < most`, `n > most`, images},
	{0, "user data in coded pictures", "filters/image/mediascan.go", `b[i] = 0xff`, `_ = b[i]`, images},
	{0, "tables of dashboard cameras", "filters/image/boxkinds.go", `return verdict{action: places}`, `return passing`, images},

	// Operations.
	{50, "what was granted, in shared caches", "module/caching.go", `if x.decision.Decided != 0 || x.decision.Granted&x.rules.optional != 0 {
		makePrivate(h)
	}`, ``, gateway + "TestThreat50"},
	{50, "what was granted, in content networks", "module/caching.go", `if strings.HasSuffix(name, "-Cache-Control") || slices.Contains(cacheHeaders, name) {`, `if false {`, gateway + "TestThreat50|TestMakePrivate"},
	{50, "answers by consent, for everyone", "module/response.go", `x.nameDecision(h)`, ``, gateway + "TestThreat50"},
	{50, "pages that don't say on what they depend", "module/caching.go", `addVary(h, "Cookie")`, ``, gateway + "TestThreat50|TestVary"},
	{51, "addresses that a client makes up", "module/exchange.go", `x.client = parseClient(ip)`, `x.client = parseClient(or(r.Header.Get("X-Forwarded-For"), ip))`, gateway + "TestThreat51"},
	{51, "schemes that a client makes up", "module/exchange.go", `x.origin.Secure = r.TLS != nil || trusted && first(`, `x.origin.Secure = r.TLS != nil || (trusted || true) && first(`, gateway + "TestThreat51"},
	{52, "no database, as an easy country", "module/app.go", `if a.countries == (countries{}) {
		return place{}, true`, `if a.countries == (countries{}) {
		return place{}, false`, gateway + "TestThreat5"},
	{52, "unsure countries, by the easiest regime", "filters/consent/decision.go", `if in.Unsure {
		d.Regime = OptIn
	}`, ``, decisions},
	{53, "labels that a client makes up", "module/sites.go", `return s.other
}`, `return s.metrics.site(host)
}`, gateway + "TestThreat53"},
	{53, "partners that a page makes up", "module/judge.go", `return page.Verdict{Block: !x.rules.letPass, Purpose: consent.None}`, `return page.Verdict{Block: !x.rules.letPass, Purpose: consent.None, Partner: string(u.Host)}`, gateway + "TestThreat53"},
	{54, "beacons of any number", "module/figures.go", `if event.Suspect == visit.Trusted && !f.limiter.Allow(x.client, x.now) {`, `if false {`, gateway + "TestThreat54"},
	{54, "beacons of any length", "module/beacon.go", `if w.body.Len() > bodyMax {`, `if w.body.Len() > bodyMax+1 {`, gateway + "TestThreat54"},
	{55, "what a configuration refers to, in it", "caddyfile/value.go", `read:     func(word string) (string, bool) { return word, printable(word) && knownPlaceholders(word) },
}

// timezone`, `read: func(word string) (string, bool) {
		known := printable(word) && knownPlaceholders(word)
		if name, ok := strings.CutPrefix(word, "{env."); ok {
			word = "secret of " + strings.TrimSuffix(name, "}")
		}
		return word, known
	},
}

// timezone`, gateway + "TestThreat55"},
	{55, "keys that everyone can read", "module/keyring.go", `os.OpenFile(hidden, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)`, `os.OpenFile(hidden, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)`, gateway + "TestThreat55"},
	{54, "decisions of one network without end", "module/ledger_record.go", `if !x.mayDecide() {`, `if false {`, gateway + "TestDecisionsOfOneNetwork"},
	{55, "a store that everyone can read", "module/stores.go", `os.OpenFile(path, os.O_CREATE|os.O_EXCL, 0o600)`, `os.OpenFile(path, os.O_CREATE|os.O_EXCL, 0o644)`, gateway + "TestThreat55"},
	{56, "tokens in logs", "module/logfilter.go", `if !loggedHeaders[name] {`, `if false {`, gateway + "TestThreat56"},
	{56, "people in paths towards partners", "module/partners.go", `if namesSomebody(segment) {`, `if segment == "." {`, gateway + "TestPartnerRoute"},
	{56, "unguessable ids in logged paths", "module/logfilter.go", ` || isUnguessable(unescaped(word))`, ``, gateway + "TestLoggedURLs"},
	{56, "telephone numbers in logged paths", "module/logfilter.go", ` || body.HoldsContact(plain)`, ` || body.HoldsContact("")`, gateway + "TestLoggedURLs"},
	{56, "people in logged paths", "module/logfilter.go", `name = redacted
	}
	if parameters`, `_ = name
	}
	if parameters`, gateway + "TestLoggedURLs"},
	{56, "addresses of broken connections", "module/quiet.go", `return &net.OpError{Op: op.Op, Net: op.Net, Err: op.Err}`, `return err`, gateway + "TestThreat56|TestErrorsOfNetworks"},
	{56, "addresses of requests in errors", "module/quiet.go", `x.words().Replace(withoutAnswer(text))`, `withoutAnswer(text)`, gateway + "TestThreat56Errors"},
	{56, "answers in errors", "module/quiet.go", `x.words().Replace(withoutAnswer(text))`, `x.words().Replace(text)`, gateway + "TestThreat56Errors"},
	{56, "addresses of who met a panic", "module/gateway.go", `defer g.endPanic()`, ``, gateway + "TestThreat56"},
	{56, "queries in logs", "module/logfilter.go", `r.RequestURI = redactURL(r.RequestURI)`, ``, gateway + "TestCanaries"},
	{56, "addresses in logs", "module/logfilter.go", `r.RemoteAddr = net.JoinHostPort(redactAddr(host), "0")`, `_ = host`, gateway + "TestCanaries|TestThreat56"},
	{56, "identifiers in logged headers", "module/logfilter.go", `logRules.Header(logged, 0, nil)`, ``, gateway + "TestCanaries"},
	{57, "placeholders in what a client sends", "module/exchange.go", `u.RawQuery = query
	x.r.URL = &u`, `u.RawQuery = caddy.NewReplacer().ReplaceAll(query, "")
	x.r.URL = &u`, gateway + "TestThreat57"},
}
