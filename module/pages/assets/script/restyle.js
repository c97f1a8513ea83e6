// Style sheets bear no marks: what was refused in them is about:invalid. Those that
// hold it are fetched again, and those that stand in the page with the page. In an
// old page they may be of any type, as which the gateway would not know them here.

const invalid = "about:invalid";
const holds = (sheet) => try_(() => [...sheet.cssRules].some((rule) => rule.cssText.includes(invalid) || holds(rule.styleSheet)));
const refetch = (sheet) => fetch(sheet.href, { cache: "reload" });
// renew has a sheet import anew what holds it. Firefox keeps sheets by their address,
// whatever the cache has now, but a fragment makes it another address.
const renew = (sheet) => [...sheet.cssRules].forEach(async ({ cssText, href, styleSheet }, i) => {
	if (!holds(styleSheet)) return;
	await refetch(styleSheet);
	sheet.deleteRule(i);
	sheet.insertRule(cssText.replace(href, "$&#"), i);
	// Nobody is told when it is here, but the cache has it.
	setTimeout(() => try_(() => renew(sheet.cssRules[i].styleSheet)), 500);
});

// matches tells whether a text lacks nothing but what was taken out: parts of it, and
// addresses between them.
const matches = (text, [first, ...parts], address) => {
	let at = first.length;
	return text.startsWith(first) && parts.every((part, i) => {
		const from = at, last = i === parts.length - 1, to = last ? text.lastIndexOf(part) : text.indexOf(part, from);
		at = to + part.length;
		return to >= from && address.test(text.slice(from, to)) && (!last || at === text.length);
	});
};
// take takes the text that parts are left of out of a list. Most addresses are as short
// as may be, which tells texts apart that begin and end alike.
const take = (texts, parts) => {
	for (const address of [/^[^"'()\s]*$/, /^/]) {
		const i = texts.findIndex((text) => matches(text, parts, address));
		if (i >= 0) return texts.splice(i, 1)[0];
	}
	return undefined;
};

const within = (root) => [...root.querySelectorAll("*")].map((el) => el.shadowRoot).filter(Boolean);
const sheetsOf = (root) => [...root.styleSheets, ...within(root).flatMap(sheetsOf)];
const textsOf = (root) => [...root.querySelectorAll("style, template")].flatMap((el) => el.content ? textsOf(el.content) : el.textContent.trimEnd());

const restyle = async () => {
	if (document.compatMode === "BackCompat") return;
	let texts;
	for (const sheet of sheetsOf(document).filter(holds)) {
		const old = sheet.ownerNode, again = old.cloneNode(), parts = old.textContent.trimEnd().split(invalid);
		if (sheet.href) {
			await refetch(sheet);
			again.href = sheet.href + "#";
		} else {
			texts ||= textsOf(parse(inPage(await (await fetch(location.href)).arrayBuffer())));
			// Of equal texts Firefox would take the one that was only parsed, without its imports.
			again.textContent = (take(texts, parts) ?? parts.join(invalid)) + "\f";
		}
		// An import that is still refused is an error.
		again.onload = again.onerror = () => {
			old.remove();
			renew(again.sheet);
		};
		old.after(again);
	}
};
