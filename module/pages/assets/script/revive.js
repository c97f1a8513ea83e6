// What was held back comes alive: elements that the gateway sealed
// (data-consent-src="BASE64") and those that the storefront marked itself
// (data-src).

const inPage = (bytes) => new TextDecoder(document.characterSet).decode(bytes);
const unseal = (text) => inPage(Uint8Array.from(atob(text), (c) => c.charCodeAt(0)));
const decode = (text) => {
	const raw = unseal(text);
	// Character references mean something else in attributes than in text.
	return raw.includes("&") ? parse('<a title="' + raw.replaceAll('"', "&quot;") + '">').querySelector("a").title : raw;
};
const sealed = /^data-consent-(?!open$|text$)(.+)$/;
const marked = /^data-(src|srcset|href|data|poster|type)$/;

// attributes lists what the element gets back: [name, value].
const attributes = (el) => [...el.attributes].flatMap(({ name, value }) => {
	const [, closed] = sealed.exec(name) || [], [, open] = marked.exec(name) || [];
	const text = closed ? try_(() => decode(value)) : open && value;
	return text === undefined ? [] : [[name, (closed || open).replace("xlink:", ""), text]];
});

// lacks lists what an element lacks. Where data-consent is empty, the guard
// tells by what the element would fetch; "" is what nothing would do for.
const lacks = (el) => {
	if (el.dataset.consent || !kit.refuses) return missing(el.dataset.consent);
	const held = attributes(el).filter(([, name, text]) => kit.refuses(el, name, text));
	const lacking = new Set(held.flatMap(([, , text]) => missing(kit.needs(text))));
	return held.length && !lacking.size ? [""] : [...lacking];
};

const trusted = (name, text) => !policy ? text : name === "srcdoc" ? trust(text) : policy.createScriptURL(text);

const restore = (el) => {
	if (el.matches("script, style")) el.removeAttribute("type");
	// What kept browsers from looking ahead for imports would keep these from counting.
	if (el.localName === "style" && el.firstChild?.data) el.firstChild.data = el.firstChild.data.replace(/^;/, "");
	for (const [name, real, text] of attributes(el)) {
		el.removeAttribute(name);
		try_(() => setAttribute.call(el, real, trusted(real, text)));
	}
	el.removeAttribute("data-consent");
	// These look at them only where they begin.
	if (el.matches("object, svg animate, svg set, svg style")) el.replaceWith(el);
};

// stepAside makes room for a snippet, which would not begin where its function is there
// already, and returns what tells it of the calls.
const stepAside = (text) => {
	const found = [...kit.standing || []].filter(([name, [instead]]) => text.includes(name) && window[name] === instead);
	for (const [name] of found) delete window[name];
	return () => {
		for (const [name, [instead, calls]] of found) {
			if (!(name in window)) {
				window[name] = instead;
				continue;
			}
			kit.standing.delete(name);
			for (const [path, args] of calls) {
				const last = path.pop();
				try_(() => path.reduce((object, key) => object[key], window)[last](...args));
			}
		}
	};
};

// run puts a script that runs in the place of one that did not, and waits
// for it, so that scripts keep their order.
const run = (old) => new Promise((resolve) => {
	// The old one stays as it is: with its address it would run by itself.
	const script = document.createElementNS(old.namespaceURI, "script"), back = attributes(old), gone = back.map(([name]) => name);
	for (const { name, value } of old.attributes) {
		if (name !== "type" && name !== "data-consent-text" && !gone.includes(name)) back.push([name, name, value]);
	}
	for (const [, name, value] of back) {
		try_(() => setAttribute.call(script, name, /^(src|href)$/.test(name) ? trusted(name, value) : value));
	}
	script.nonce = old.nonce || me.nonce;
	const kept = old.dataset.consentText, text = kept ? unseal(kept) : old.textContent;
	script.textContent = policy ? policy.createScript(text) : text;
	script.async = old.hasAttribute("async");
	// Of what is not run nothing is heard.
	const waits = script.matches(":is([src], [href]):not([async], [nomodule])") && /^$|module|(java|ecma)script/i.test(script.type);
	if (waits) script.onload = script.onerror = resolve;
	// document.write would now begin a new document: it writes in place instead.
	const write = document.write;
	if (document.readyState !== "loading") document.write = (html) => script.insertAdjacentHTML("beforebegin", html);
	// What has happened would not be heard of any more: it is told at once.
	const { prototype } = EventTarget, listen = prototype.addEventListener;
	if (document.readyState === "complete") prototype.addEventListener = function (...how) {
		if (/^(load|DOMContentLoaded)$/.test(how[0]) && how[1]?.call && (!this || this.window || this.defaultView)) setTimeout(how[1], 0, new Event(how[0]));
		else listen.apply(this, how);
	};
	const tell = stepAside(text);
	old.replaceWith(script);
	tell();
	document.write = write;
	prototype.addEventListener = listen;
	// Partytown, whose worker runs them, looks for more then.
	if (script.type === "text/partytown") dispatchEvent(new Event("ptupdate"));
	if (!waits) resolve();
});

let chain = Promise.resolve();
const revive = kit.revive = (root, anew) => {
	dropCopies(root);
	const found = [...root.querySelectorAll("[data-consent]")];
	if (root.matches?.("[data-consent]")) found.unshift(root);
	const inert = root.ownerDocument?.defaultView === null;
	for (const el of found) {
		const lacking = lacks(el);
		if (lacking.length) {
			ask(el, lacking).catch(() => {});
		} else if (el.localName === "script" && !inert) {
			el.removeAttribute("data-consent");
			chain = chain.then(() => run(el));
		} else {
			restore(el);
			unask(el);
			el.closest("video, audio")?.load();
		}
	}
	for (const t of root.querySelectorAll("template")) if (t.content) revive(t.content);
	if (!anew) return;
	for (const { shadowRoot } of root.querySelectorAll("*")) if (shadowRoot) revive(shadowRoot, anew);
	if (root === document) restyle().catch(() => {});
};
