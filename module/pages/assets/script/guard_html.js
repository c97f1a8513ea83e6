// What scripts write as HTML is parsed first in a document that fetches
// nothing, and what is refused in it is sealed as the gateway does.

const inert = document.implementation.createHTMLDocument("");
const html = Object.getOwnPropertyDescriptor(Element.prototype, "innerHTML");
const parser = DOMParser.prototype.parseFromString;
// Most text needs no second look: in it no element has an address that could
// lead to another host, as one does that starts with neither "/x" nor ".", "#", "?".
const fetching = /[\s"'/](?:(?:src|poster|background)\s*=\s*["']?\s*(?![\s"'#?.]|\/[^/\\&\s])|src(?:set|doc)\s*=)|<(?:link|base|image|use|feimage|object|script)[\s/]/i;
// Outside of HTML a template is an element like others.
const inside = (el) => el.content?.nodeType ? el.content : el;
const sealText = (text) => btoa(text.replaceAll("&", "&amp;").replace(/[^\0-~]/gu, (c) => "&#" + c.codePointAt() + ";"));

const refuses = (el, name, value) => judgeOf(el, name)?.(value);
kit.needs = needs;
kit.refuses = refuses;

// hold seals what a tree would fetch, and reports whether there was something.
// Scripts are left alone where they don't run.
const hold = (root, scripts) => {
	let held = false;
	for (const el of root.querySelectorAll("*")) {
		if (el.content?.nodeType && hold(el.content, scripts)) held = true;
		const script = el.localName === "script";
		// What is neither HTML nor SVG fetches nothing.
		if (!el.dataset || (script && !scripts)) continue;
		const found = [...el.attributes].filter(({ name, value }) => refuses(el, name, value));
		if (!found.length) continue;
		held = true;
		const type = script && el.getAttributeNode("type");
		for (const { name, value } of type ? [...found, type] : found) {
			el.removeAttribute(name);
			setAttribute.call(el, "data-consent-" + name, sealText(value));
		}
		if (script) el.type = "text/plain";
		if (!el.dataset.consent) el.dataset.consent = "";
	}
	if (held) complete();
	return held;
};
const refusedHTML = (text) => fetching.test(text) && hold(parser.call(new DOMParser(), trust(text), "text/html"), true);

// sealHTML parses HTML as the context would, and returns what holds the nodes
// when something in them had to be sealed.
const sealHTML = (text, context, scripts) => {
	if (!fetching.test(text)) return undefined;
	const box = inert.importNode(context.host instanceof Element ? context.host : context, false);
	html.set.call(box, text);
	// Where scripts run, what is in noscript is only text.
	for (const el of inside(box).querySelectorAll("noscript")) el.textContent = html.get.call(el);
	return hold(inside(box), scripts) ? inside(box) : undefined;
};
const write = (box) => trust(html.get.call(box));

const replace = (original) => function (text) {
	const box = sealHTML(text, this);
	if (box) inside(this).replaceChildren(...box.childNodes);
	else original.call(this, text);
};
for (const type of ["Element", "ShadowRoot"]) {
	wrapSet(type, "innerHTML", replace);
	wrap(proto(type), "setHTMLUnsafe", replace);
}
wrapSet("Element", "outerHTML", (set) => function (text) {
	const box = this.parentNode && sealHTML(text, this.parentElement || inert.body);
	if (box) this.replaceWith(...box.childNodes);
	else set.call(this, text);
});
wrap(Element.prototype, "insertAdjacentHTML", (original) => function (where, text) {
	const within = /^(afterb|beforee)/i.test(where), box = sealHTML(text, within ? this : this.parentElement || inert.body);
	const place = box && this.insertAdjacentElement(where, make("i"));
	if (place) place.replaceWith(...box.childNodes);
	else original.call(this, where, text);
});
// Scripts in what these two make do run, so it is written anew.
wrap(Range.prototype, "createContextualFragment", (original) => function (text) {
	const at = this.startContainer, box = sealHTML(text, at.nodeType === 1 ? at : at.parentElement || inert.body, true);
	return original.call(this, box ? write(box) : text);
});
for (const name of ["write", "writeln"]) {
	wrap(Document.prototype, name, (original) => function (...texts) {
		const box = sealHTML(texts.join(""), inert.body, true);
		if (box) original.call(this, write(box));
		else original.apply(this, texts);
	});
}
for (const [of, name] of [[DOMParser.prototype, "parseFromString"], [Document, "parseHTMLUnsafe"]]) {
	wrap(of, name, (original) => function (...args) {
		const parsed = original.apply(this, args);
		if (fetching.test(args[0])) hold(parsed);
		return parsed;
	});
}
guardProperty("HTMLIFrameElement", "srcdoc", refusedHTML);
